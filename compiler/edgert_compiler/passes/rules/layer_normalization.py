"""LayerNormalization from its parts."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import other_input
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.moments import (
    all_read_within,
    deviation,
    inverse_deviation,
    normalized,
)


class LayerNormalizationFromParts(Rule):
    """(x - mean) / deviation, or multiplied by its reciprocal; scale and bias follow later.

    x ─┬─ ReduceMean ── Sub ─┬─ Pow(2) ── ReduceMean ── Add(epsilon) ── Sqrt ── Div
       └─────────────────┘   └──────────────────────────────────────────────────┘

    =>   x ── LayerNormalization
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Div", "Mul"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where a value in between is read elsewhere."""
        for value in node.inputs[1:] if node.op_type == "Div" else node.inputs:
            found = (deviation if node.op_type == "Div" else inverse_deviation)(value)
            if found is None or value is None or other_input(node, value) is not found.centred:
                continue
            if not all_read_within(found.nodes, node):
                return Refusal("a value in between is read elsewhere")
            return Rewrite((normalized(found),))
        return None
