"""Subtraction and division by constants as addition and multiplication."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import constant_operand, is_float
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class ConstantOperands(Rule):
    """One form of affine steps, so that later rules need to know only two operators.

    Sub(x, c)   =>   Add(x, -c)
    Div(x, c)   =>   Mul(x, 1 / c)   where that is exact, for powers of two
    Neg(x)      =>   Mul(x, -1)
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Sub", "Div", "Neg"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses inexact reciprocals: a rounding operator behind might show the difference."""
        if not is_float(node.outputs[0]):
            return None
        if node.op_type == "Neg":
            factor = new_constant(np.float32(-1), f"{node.name}_factor")
            return Rewrite((emit("Mul", [node.inputs[0], factor]),))
        found = constant_operand(node)
        if found is None or found[2] == 0:
            return None
        x, array, _ = found
        name = f"{node.inputs[1].name}"  # type: ignore[union-attr]
        if node.op_type == "Sub":
            return Rewrite((emit("Add", [x, new_constant(-array, f"{name}_negated")]),))
        with np.errstate(all="ignore"):
            reciprocal = (1 / array.astype(np.float64)).astype(np.float32)
        if not np.all(np.isfinite(reciprocal)) or np.any(np.abs(np.frexp(array)[0]) != 0.5):
            return Refusal("the reciprocal is not exact")
        return Rewrite((emit("Mul", [x, new_constant(reciprocal, f"{name}_reciprocal")]),))
