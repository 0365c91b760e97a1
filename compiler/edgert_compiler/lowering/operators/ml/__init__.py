"""Operators of ai.onnx.ml that are lowered as they are; rules rewrite the others."""
