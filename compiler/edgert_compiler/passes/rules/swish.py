"""Swish from its parts."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import is_float, only_use, other_input, producer
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class SwishFromParts(Rule):
    """x * sigmoid(x), also known as SiLU.

    x ─┬─ Sigmoid ── Mul   =>   x ── Swish
       └──────────────┘
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Mul"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where the sigmoid is read elsewhere."""
        for gate in node.inputs:
            sigmoid = producer(gate, "Sigmoid")
            if gate is None or sigmoid is None or not is_float(gate):
                continue
            if other_input(node, gate) is not sigmoid.inputs[0]:
                continue
            if not only_use(gate):
                return Refusal("the sigmoid is read elsewhere")
            return Rewrite((emit("Swish", [sigmoid.inputs[0]]),))
        return None
