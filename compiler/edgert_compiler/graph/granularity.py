"""Scales and zero points of QuantizeLinear and DequantizeLinear as operands of arithmetic."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.linear import single
from edgert_compiler.graph.matching import dims, is_float, scalar
from edgert_compiler.graph.nodes import array_of

_BYTES = (ir.DataType.INT8, ir.DataType.UINT8)


def is_plain(node: ir.Node, integer: ir.Value, real: ir.Value) -> bool:
    """Whether a conversion is between bytes and float32, with constants of the whole tensor.

    And a scale that kernels can multiply with instead of dividing.
    """
    arrays = [array_of(value) for value in node.inputs[1:] if value is not None]
    whole = all(array is not None and array.size == 1 for array in arrays)
    scale = scalar(node.inputs[1])
    ordinary = scale is not None and is_ordinary(scale)
    return whole and ordinary and integer.dtype in _BYTES and is_float(real)


def is_ordinary(scale: float) -> bool:
    """Whether 1 / scale, and products of two scales, are float32 numbers of full precision."""
    return 2.0**-60 <= scale <= 2.0**60


def integer_limits(dtype: ir.DataType) -> tuple[int, int] | None:
    """The smallest and the largest number of an integer type, None for floats."""
    if dtype.is_floating_point():
        return None
    span = 1 << dtype.bitwidth
    return (-span // 2, span // 2 - 1) if dtype.is_signed() else (0, span - 1)


def broadcastable(node: ir.Node, params: ir.Value) -> ir.Value | None:
    """A scale or zero point in float32 that broadcasts against the node's first input.

    Of the whole tensor (a scalar), of an axis (a vector), or of blocks of `block_size` along an
    axis (a tensor of the input's rank). None where a shape is not known.
    """
    shape, own = dims(node.inputs[0]), dims(params)  # type: ignore[arg-type]
    if shape is None or own is None:
        return None
    rank = len(shape)
    axis = node.attributes.get_int("axis", 1) or 0
    block = node.attributes.get_int("block_size", 0) or 0
    value = single(params)
    if own in ((), (1,)) or not rank:
        return value if own == () or rank else _reshaped(value, ())
    axis %= rank
    if block and len(own) == rank:
        indices = np.arange(shape[axis], dtype=np.int64) // block
        return _taken(value, indices, axis)
    return _reshaped(value, (own[0], *(1,) * (rank - axis - 1)))


def _taken(value: ir.Value, indices: np.ndarray, axis: int) -> ir.Value:
    array = array_of(value)
    if array is not None:
        return new_constant(array.take(indices, axis), f"{value.name}_elements")
    blocks = new_constant(indices, f"{value.name}_blocks")
    return emit("Gather", [value, blocks], {"axis": axis})


def _reshaped(value: ir.Value, shape: tuple[int, ...]) -> ir.Value:
    if dims(value) == shape:
        return value
    array = array_of(value)
    if array is not None:
        return new_constant(array.reshape(shape), f"{value.name}_broadcast")
    return emit("Reshape", [value, new_constant(np.array(shape, np.int64), f"{value.name}_shape")])
