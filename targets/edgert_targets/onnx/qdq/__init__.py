"""The optimized graph as an ONNX model with Q/DQ nodes."""
