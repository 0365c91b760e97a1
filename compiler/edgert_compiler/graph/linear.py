"""Quantized tensors in Q/DQ form, for rules on operators that compute on integers.

Operators on quantized tensors become QuantizeLinear(op(DequantizeLinear(x), ...)): the import of
Q/DQ models (`quantization/qdq_import.py`) then takes their parameters into the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, optional


@dataclass(frozen=True)
class Linear:
    """Scale and zero point, float32 and optional; scalars, or vectors along an axis."""

    scale: ir.Value
    zero_point: ir.Value | None = None

    @classmethod
    def of(cls, node: ir.Node, scale: int, zero_point: int | None = None) -> Linear | None:
        """From two inputs of a node, by default neighbours.

        None where there is no scale, or its type is not known yet.
        """
        factor = optional(node, scale)
        zero = optional(node, scale + 1 if zero_point is None else zero_point)
        if factor is None or factor.dtype is None:
            return None
        return cls(single(scalar_form(factor)), None if zero is None else scalar_form(zero))


def single(value: ir.Value) -> ir.Value:
    """The value in float32."""
    if value.dtype == ir.DataType.FLOAT:
        return value
    array = array_of(value)
    if array is not None:
        return new_constant(array.astype(np.float32), f"{value.name}_single")
    return emit("Cast", [value], {"to": int(ir.DataType.FLOAT)})


def scalar_form(value: ir.Value) -> ir.Value:
    """A vector of one element as a scalar: otherwise it would mean an axis of that size."""
    array = array_of(value)
    if array is not None and array.size == 1 and array.ndim:
        return new_constant(array.reshape(()), f"{value.name}_scalar")
    if array is None and dims(value) == (1,):
        return emit("Reshape", [value, new_constant(np.empty(0, np.int64), f"{value.name}_shape")])
    return value


def dequantized(x: ir.Value | None, linear: Linear, axis: int = 1) -> ir.Value:
    """The real numbers that integers stand for; `axis`: of vectors of scales."""
    return emit("DequantizeLinear", [x, linear.scale, linear.zero_point], {"axis": axis})


def quantized(x: ir.Value, linear: Linear, like: ir.Value | None = None) -> ir.Value:
    """Integers that stand for real numbers, of the zero point's type, or of the type of `like`."""
    attributes = {}
    if linear.zero_point is None and like is not None and like.dtype is not None:
        attributes["output_dtype"] = int(like.dtype)
    return emit("QuantizeLinear", [x, linear.scale, linear.zero_point], attributes)


def bias(value: ir.Value | None, x: Linear, weight: Linear) -> ir.Value | None:
    """The real numbers of an int32 bias in units of the product of two scales."""
    if value is None:
        return None
    scale = emit("Mul", [x.scale, weight.scale])
    return emit("DequantizeLinear", [value, scale], {"axis": 0})
