"""Stand-ins for the interfaces of other runtimes: a program changes one import and runs.

>>> import edgert.compat.onnxruntime as ort  # was: import onnxruntime as ort
>>> import edgert.compat.tflite as tflite  # was: import tflite_runtime.interpreter as tflite

The path that the program opens may be a bundle, or still the .onnx or .tflite file: then the bundle
of the same name beside it is used, or else, where the compiler is installed, one is compiled and
kept in the user's cache. docs/compatibility.md says what is covered.
"""
