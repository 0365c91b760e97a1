"""compiler.lowering"""
