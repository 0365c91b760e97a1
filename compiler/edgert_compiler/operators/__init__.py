"""What is true of ONNX operators, whatever is made of them: one file each, see `registry.py`."""
