"""One file per ONNX operator or family of them, found by itself."""
