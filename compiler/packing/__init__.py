"""compiler.packing"""
