"""What converters of several families need to know of operands and options."""

from __future__ import annotations

import numpy as np

from edgert_compiler.importer.tflite.file import Operator, Tensor
from edgert_compiler.importer.tflite.graph import GraphBuilder, UnsupportedError
from edgert_compiler.importer.tflite.schema import member, schema

_SIMPLE = {"RELU": "Relu", "TANH": "Tanh"}
_CLAMPS = {"RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}


def constant_of(tensor: Tensor) -> np.ndarray:
    """The contents of an operand that must be constant. Raises UnsupportedError."""
    if tensor.data is None:
        raise UnsupportedError(f"'{tensor.name}' is computed at run time; it must be a constant")
    return tensor.data


def integers(tensor: Tensor) -> list[int]:
    """The numbers in an operand that must be constant, such as axes. Raises UnsupportedError."""
    return [int(i) for i in constant_of(tensor).reshape(-1)]


def axes_of(tensor: Tensor, rank: int) -> list[int]:
    """The same as axes, not negative."""
    return [axis % rank for axis in integers(tensor)]


def elementwise_operands(op: Operator, graph: GraphBuilder) -> tuple[list[str], bool]:
    """The operands of an elementwise operator, and whether they have their channels first.

    They have where one was computed so and the others can be had so: images and constants.
    """
    tensors = [tensor for tensor in op.inputs if tensor is not None]
    values = [graph.value(tensor) for tensor in tensors]
    if not any(map(graph.is_channels_first, values)) or not all(
        tensor.rank == 4 or (tensor.rank < 4 and tensor.data is not None) for tensor in tensors
    ):
        return values, False
    return [_channels_first(t, value, graph) for t, value in zip(tensors, values)], True


def _channels_first(tensor: Tensor, value: str, graph: GraphBuilder) -> str:
    """An image, or a constant that broadcasts against one."""
    if tensor.data is not None and tensor.data.size == 1:
        return value
    if tensor.rank < 4:
        value = graph.reshape(value, (1,) * (4 - tensor.rank) + tensor.shape)
    return graph.nchw(value)


def activated(graph: GraphBuilder, value: str, code: int) -> str:
    """The activation that an operator has fused. Raises UnsupportedError."""
    kinds = schema().enums["ActivationFunctionType"]
    kind = next((name for name, number in kinds.items() if number == code), None)
    if kind == "NONE":
        return value
    if kind in _SIMPLE:
        return str(graph.node(_SIMPLE[kind], value))
    if kind not in _CLAMPS:
        raise UnsupportedError("its fused activation is one that edgert does not know")
    bounds = [graph.constant(bound, np.float32) for bound in _CLAMPS[kind]]
    return str(graph.node("Clip", value, *bounds))


def auto_pad(padding: int) -> str:
    """ONNX's name of a padding: TFLite's SAME puts the odd row or column at the end."""
    return "SAME_UPPER" if padding == member("Padding", "SAME") else "VALID"
