"""One file per ONNX operator, found by itself."""
