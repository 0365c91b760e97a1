"""Lowering of ONNX graphs to MIL programs, with coremltools."""
