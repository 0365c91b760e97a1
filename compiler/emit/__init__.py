"""compiler.emit"""
