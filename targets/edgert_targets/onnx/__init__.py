"""ONNX itself as a target: the optimized model for other runtimes."""
