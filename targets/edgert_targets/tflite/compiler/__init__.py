"""From an optimized ONNX graph to the bytes of a .tflite file."""
