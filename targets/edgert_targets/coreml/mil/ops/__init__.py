"""One file per ONNX operator or family: when MIL can express it, and how."""
