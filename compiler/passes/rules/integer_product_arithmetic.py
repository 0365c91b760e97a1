"""Products of integers as such."""

from __future__ import annotations

import functools

import numpy as np
import onnx_ir as ir

from edgert.compiler.nodes import array_of, optional
from edgert.compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert.compiler.passes.graph import dims, emit, new_constant
from edgert.compiler.passes.linear import single

_EXACT = 1 << 24  # integers up to here are exact in float32, and so are their sums
_BYTE = 255  # the largest difference of two bytes


class IntegerProductArithmetic(Rule):
    """Sums of products of bytes in float32, of so few terms at a time that they are exact.

    MatMulInteger(a, b, az, bz)   =>   Cast{int32}(MatMul(a - az, b - bz)) + ...
    ConvInteger(x, w, xz, wz)     =>   Cast{int32}(Conv(x - xz, w - wz)) + ...

    What belongs to dynamic quantization became a product of real numbers before (integer_product).
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"MatMulInteger", "ConvInteger"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses groups whose sums have too many terms."""
        is_conv = node.op_type == "ConvInteger"
        a, b = node.inputs[0], node.inputs[1]
        shapes = [dims(value) for value in (a, b) if value is not None]
        if a is None or b is None or None in shapes:
            return None
        inner, terms = _inner(node, is_conv)
        step = max(1, _EXACT // (_BYTE * _largest(node)) // max(1, terms // max(1, inner)))
        if is_conv and step < inner and node.attributes.get_int("group", 1) != 1:
            return Refusal("the sums of a group are too large")
        left = _shifted(a, _left_zero(node, is_conv))
        right = _shifted(b, _right_zero(node, is_conv))
        parts = [
            _product(node, left, right, range(start, min(start + step, inner)), inner)
            for start in range(0, inner, step)
        ]
        return Rewrite((functools.reduce(lambda x, y: emit("Add", [x, y]), parts),))


def _inner(node: ir.Node, is_conv: bool) -> tuple[int, int]:
    """The size of the axis that is summed over and can be cut, and the terms of a whole sum."""
    a, b = (dims(value) or () for value in node.inputs[:2])  # type: ignore[arg-type]
    return (b[1], int(np.prod(b[1:]))) if is_conv else (a[-1], a[-1])


def _largest(node: ir.Node) -> int:
    """The largest magnitude of the second operand."""
    array = array_of(node.inputs[1])
    zero = array_of(optional(node, 3))
    if array is None or not array.size or (optional(node, 3) is not None and zero is None):
        return _BYTE
    low = int(array.min()) - (0 if zero is None else int(zero.max()))
    high = int(array.max()) - (0 if zero is None else int(zero.min()))
    return max(1, abs(low), abs(high))


def _left_zero(node: ir.Node, is_conv: bool) -> ir.Value | None:
    """A vector is of the rows of a matrix."""
    zero = optional(node, 2)
    if zero is None or is_conv or len(dims(zero) or ()) != 1:
        return zero
    matrix = len(dims(node.inputs[0]) or ()) > 1  # type: ignore[arg-type]
    return _reshaped(zero, (-1, 1) if matrix else ())


def _right_zero(node: ir.Node, is_conv: bool) -> ir.Value | None:
    """A vector is of the columns of a matrix, or of the output channels."""
    zero = optional(node, 3)
    if zero is None or not is_conv or len(dims(zero) or ()) != 1:
        return zero
    rank = len(dims(node.inputs[1]) or ())  # type: ignore[arg-type]
    return _reshaped(zero, (-1, *(1,) * (rank - 1)))


def _shifted(value: ir.Value, zero: ir.Value | None) -> ir.Value:
    real = single(value)
    return real if zero is None else emit("Sub", [real, single(zero)])


def _product(node: ir.Node, left: ir.Value, right: ir.Value, part: range, inner: int) -> ir.Value:
    is_conv = node.op_type == "ConvInteger"
    if len(part) < inner:
        rows = -2 if len(dims(node.inputs[1]) or ()) > 1 else -1  # type: ignore[arg-type]
        left = _sliced(left, part, 1 if is_conv else -1)
        right = _sliced(right, part, 1 if is_conv else rows)
    attributes = dict(node.attributes)
    product = emit("Conv" if is_conv else "MatMul", [left, right], attributes)
    rounded = emit("Round", [product])  # where it is computed in int8
    return emit("Cast", [rounded], {"to": int(ir.DataType.INT32)})


def _sliced(value: ir.Value, part: range, axis: int) -> ir.Value:
    bounds = [np.array([number], np.int64) for number in (part.start, part.stop, axis, 1)]
    return emit("Slice", [value, *(new_constant(b, "bound") for b in bounds)])


def _reshaped(value: ir.Value, shape: tuple[int, ...]) -> ir.Value:
    return emit("Reshape", [value, new_constant(np.array(shape, np.int64), f"{value.name}_shape")])
