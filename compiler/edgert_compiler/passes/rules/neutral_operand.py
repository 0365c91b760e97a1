"""Adding 0, multiplying by 1, to the power of 1."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.matching import constant_operand, dims
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage, bypass

_NEUTRAL = {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1, "Pow": 1}


class NeutralOperand(Rule):
    """An operand that changes nothing disappears.

    x ── Mul(1) ── y ── f   =>   x ── f
    """

    stage = Stage.SIMPLIFY
    ops = frozenset(_NEUTRAL)

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where the constant's shape widens the result."""
        found = constant_operand(node)
        if found is None:
            return None
        x, array, index = found
        if (index == 0 and node.op_type in ("Sub", "Div", "Pow")) or not np.all(
            array == _NEUTRAL[node.op_type]
        ):
            return None
        y = node.outputs[0]
        if dims(x) != dims(y) or x.dtype != y.dtype:
            return Refusal("the constant changes the shape or the type")
        return bypass(node, x)
