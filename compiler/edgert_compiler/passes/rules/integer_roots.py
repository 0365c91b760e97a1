"""Roots and logarithms of sums of integers."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.passes.base import Rewrite, Rule, Stage

_INTEGERS = frozenset(
    {ir.DataType.INT32, ir.DataType.INT64, ir.DataType.UINT32, ir.DataType.UINT64}
)


class IntegerRoots(Rule):
    """They are computed as real numbers, and what is behind the point is cut off.

    ReduceL2(x)        =>   Cast(Sqrt(Cast{double}(ReduceSumSquare(x))))
    ReduceLogSum(x)    =>   how many of the powers e, e^2, e^3 ... the ReduceSum(x) reaches
    ReduceLogSumExp(x) =>   m + log(ReduceSum(Exp(x - m))) with m = ReduceMax(x), toward zero

    Sums wrap, as they do in ReduceSum. The first two are exact up to 2^53 and everywhere.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ReduceL2", "ReduceLogSum", "ReduceLogSumExp"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """For integers of the types that ONNX has these operators for, once axes are an input."""
        x = node.inputs[0]
        if x is None or x.dtype not in _INTEGERS or len(node.inputs) < 2:
            return None
        computed = {
            "ReduceL2": _root_of_squares,
            "ReduceLogSum": _logarithm_of_sum,
            "ReduceLogSumExp": _logarithm_of_exponentials,
        }
        return Rewrite((computed[node.op_type](node, x, x.dtype),))


def _root_of_squares(node: ir.Node, x: ir.Value, dtype: ir.DataType) -> ir.Value:
    squares = _cast(_reduced(node, "ReduceSumSquare", x), ir.DataType.DOUBLE)
    return _cast(emit("Sqrt", [squares]), dtype)


def _logarithm_of_sum(node: ir.Node, x: ir.Value, dtype: ir.DataType) -> ir.Value:
    last = new_constant(np.array([-1], np.int64), "last_axis")
    total = emit("Unsqueeze", [_reduced(node, "ReduceSum", x), last])
    powers = new_constant(_powers_of_e(np.dtype(dtype.numpy())), "powers_of_e")
    reached = _cast(emit("GreaterOrEqual", [total, powers]), ir.DataType.INT32)
    return _cast(emit("ReduceSum", [reached, last], {"keepdims": 0}), dtype)


def _logarithm_of_exponentials(node: ir.Node, x: ir.Value, dtype: ir.DataType) -> ir.Value:
    """The logarithm is at least 0. Of a negative result cutting off rounds up."""
    attributes = {**node.attributes, "keepdims": 1}
    largest = emit("ReduceMax", [x, *node.inputs[1:]], attributes)
    below = _cast(emit("Sub", [largest, x]), ir.DataType.FLOAT)
    real = emit("Log", [_reduced(node, "ReduceSum", emit("Exp", [emit("Neg", [below])]))])
    floor = emit("Floor", [real])
    whole = emit("Add", [_reduced(node, "ReduceMax", x), _cast(floor, dtype)])
    if dtype in (ir.DataType.UINT32, ir.DataType.UINT64):
        return whole
    zero = new_constant(np.array(0, dtype.numpy()), "zero")
    up = emit("And", [emit("Less", [whole, zero]), emit("Less", [floor, real])])
    return emit("Add", [whole, _cast(up, dtype)])


def _reduced(node: ir.Node, op: str, x: ir.Value) -> ir.Value:
    return emit(op, [x, *node.inputs[1:]], dict(node.attributes))


def _powers_of_e(dtype: np.dtype) -> np.ndarray:
    """The least integer that is not below each of e, e^2 ... as far as the type goes."""
    found: list[int] = []
    with localcontext() as context:
        context.prec = 40
        while (power := int(Decimal(len(found) + 1).exp()) + 1) <= np.iinfo(dtype).max:
            found.append(power)
    return np.array(found, dtype)


def _cast(value: ir.Value, dtype: ir.DataType) -> ir.Value:
    return emit("Cast", [value], {"to": int(dtype)})
