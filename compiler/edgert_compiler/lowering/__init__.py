"""From the optimized ONNX graph and its quantization plan to a kernel program."""
