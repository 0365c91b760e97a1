"""TFLite: .tflite files for LiteRT, TensorFlow Lite and what else reads them."""
