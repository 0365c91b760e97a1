"""One file per ONNX operator: when MIL can express it, and how."""
