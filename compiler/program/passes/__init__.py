"""compiler.program.passes"""
