"""Division of uint64 by operators on int64."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.passes.base import Rewrite, Rule, Stage

_INT64 = np.iinfo(np.int64)


class UnsignedDivision(Rule):
    """The quotient is that of the half of the dividend, doubled, and one more where it fits.

    With the bits of n and d as int64, and >=u comparing with the sign bits flipped:

        q = 2 * ((n >> 1) / d)          Div(n, d)   =>   d < 0 ? n >=u d : q + (n - q * d >=u d)
                                        Mod(n, d)   =>   n - d * Div(n, d)

    Source: Hacker's Delight, 2nd edition, 9-3.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Div", "Mod"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """For uint64 alone."""
        n, d = node.inputs
        if n is None or d is None or n.dtype != ir.DataType.UINT64:
            return None
        dividend, divisor = (_cast(value, ir.DataType.INT64) for value in (n, d))
        y = _quotient(dividend, divisor)
        if node.op_type == "Mod":
            y = emit("Sub", [dividend, emit("Mul", [divisor, y])])
        return Rewrite((_cast(y, ir.DataType.UINT64),))


def _quotient(n: ir.Value, d: ir.Value) -> ir.Value:
    even = emit("BitwiseAnd", [n, _number(-2)])
    half = emit("BitwiseAnd", [emit("Div", [even, _number(2)]), _number(_INT64.max)])
    q = emit("Mul", [emit("Div", [half, d]), _number(2)])
    rest = emit("Sub", [n, emit("Mul", [q, d])])
    small = emit("Add", [q, _at_least(rest, d)])
    return emit("Where", [emit("Less", [d, _number(0)]), _at_least(n, d), small])


def _at_least(a: ir.Value, b: ir.Value) -> ir.Value:
    """1 where a >= b as unsigned numbers, else 0."""
    flipped = [emit("BitwiseXor", [value, _number(_INT64.min)]) for value in (a, b)]
    return _cast(emit("GreaterOrEqual", flipped), ir.DataType.INT64)


def _number(value: int) -> ir.Value:
    return new_constant(np.array(value, np.int64), "number")


def _cast(value: ir.Value, dtype: ir.DataType) -> ir.Value:
    return emit("Cast", [value], {"to": int(dtype)})
