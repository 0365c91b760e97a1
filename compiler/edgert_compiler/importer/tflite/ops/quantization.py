"""Between stored types: values are real numbers throughout, so rounding is all that is left."""

from __future__ import annotations

from onnx import TensorProto

from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder
from edgert_compiler.importer.tflite.operands import elementwise_operands


def _same_number(op: Operator, graph: GraphBuilder) -> None:
    [value], channels_first = elementwise_operands(op, graph)
    graph.result(op.outputs[0], value, channels_first)


def _dequantize(op: Operator, graph: GraphBuilder) -> None:
    """Also what unpacks the weights of a float16 model."""
    value = graph.value(op.input(0))
    if op.input(0).quantization is None:
        value = graph.node("Cast", value, to=TensorProto.FLOAT)
    graph.result(op.outputs[0], value)


CONVERTERS = {"DEQUANTIZE": _dequantize, "QUANTIZE": _same_number}
