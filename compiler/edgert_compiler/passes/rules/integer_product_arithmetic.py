"""Products of integers as such."""

from __future__ import annotations

import functools

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.linear import Linear, dequantized, scalar_form
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

_EXACT = 1 << 24  # integers up to here are exact in float32, and so are their sums
_BYTE = 255  # the largest difference of two bytes


class IntegerProductArithmetic(Rule):
    """Products of real numbers whose scales are 1, of so few terms at a time that float32 has them.

    MatMulInteger(a, b, az, bz)   =>   Cast{int32}(MatMul(DQ(a, 1, az), DQ(b, 1, bz))) + ...
    ConvInteger(x, w, xz, wz)     =>   Cast{int32}(Conv(DQ(x, 1, xz), DQ(w, 1, wz))) + ...

    Int8 computes them exactly, too, since it has the bytes and their zero points.

    What belongs to dynamic quantization became a product of real numbers before (integer_product).
    """

    stage = Stage.DECOMPOSE
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
        left = _real(a, optional(node, 2), 1 if is_conv else -2)
        right = _real(b, optional(node, 3), 0 if is_conv else -1)
        if left is None or right is None:
            return None
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


def _real(value: ir.Value, zero: ir.Value | None, axis: int) -> ir.Value | None:
    """The numbers less their zero point, which is one, or one for each index of an axis."""
    shape = () if zero is None else dims(zero)
    if shape is None:
        return None
    zero = None if zero is None else scalar_form(zero)
    scale = np.ones(() if shape == (1,) else shape, np.float32)
    return dequantized(value, Linear(new_constant(scale, f"{value.name}_scale"), zero), axis)


def _product(node: ir.Node, left: ir.Value, right: ir.Value, part: range, inner: int) -> ir.Value:
    is_conv = node.op_type == "ConvInteger"
    if len(part) < inner:
        rows = -2 if len(dims(node.inputs[1]) or ()) > 1 else -1  # type: ignore[arg-type]
        left = _sliced(left, part, 1 if is_conv else -1)
        right = _sliced(right, part, 1 if is_conv else rows)
    attributes = dict(node.attributes)
    product = emit("Conv" if is_conv else "MatMul", [left, right], attributes)
    return emit("Cast", [product], {"to": int(ir.DataType.INT32)})


def _sliced(value: ir.Value, part: range, axis: int) -> ir.Value:
    bounds = [np.array([number], np.int64) for number in (part.start, part.stop, axis, 1)]
    return emit("Slice", [value, *(new_constant(b, "bound") for b in bounds)])
