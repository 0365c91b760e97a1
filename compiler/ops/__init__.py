"""compiler.ops"""
