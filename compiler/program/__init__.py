"""compiler.program"""
