"""What the compiler knows about ONNX operators: one file each, found by `registry.py`."""
