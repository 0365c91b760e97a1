"""compiler.memory"""
