"""Reshapes in a row, and reshapes to the same shape."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims, producer
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage, bypass


class MergeReshapes(Rule):
    """Only the last shape counts; a reshape to the shape that is there already disappears.

    x ── Reshape(a) ── Reshape(b)   =>   x ── Reshape(b)
    x[1, 8] ── Reshape(1, 8) ── f   =>   x ── f
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Reshape"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Relies on constant, fully known shapes (`static_reshape`)."""
        x, y = node.inputs[0], node.outputs[0]
        target = array_of(node.inputs[1])
        if x is None or target is None or (target <= 0).any():
            return None
        first = producer(x, "Reshape")
        source = first.inputs[0] if first is not None and first.inputs[0] is not None else x
        if dims(source) == dims(y) and dims(y) is not None:
            return bypass(node, source)
        if source is x:
            return None
        return Rewrite((emit("Reshape", [source, node.inputs[1]]),))
