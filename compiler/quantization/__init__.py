"""compiler.quantization"""
