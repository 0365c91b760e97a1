"""TFLite models: read into ONNX, with quantization as Q/DQ nodes.

Every TFLite operator is a float operator on the real values of its tensors; what a quantized tensor
holds is rounded by a QuantizeLinear and DequantizeLinear pair behind the operator that writes it.
The rest of the compiler does not know where a model came from.

    file.py     the FlatBuffer as tensors and operators
    graph.py    builds the ONNX graph
    ops/        converters of operators, a family per file, found by themselves
"""

from edgert_compiler.importer.tflite.convert import to_onnx

__all__ = ["to_onnx"]
