"""Transposes in a row, and transposes that keep the order."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims, producer
from edgert_compiler.graph.nodes import permutation
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage, bypass


class MergeTransposes(Rule):
    """Two transposes become one, one that changes nothing disappears.

    x ── Transpose(p) ── Transpose(q)   =>   x ── Transpose(p[q])
    x ── Transpose(0, 1, 2) ── f        =>   x ── f
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Transpose"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """The first transpose may have other readers; it then stays for them."""
        x, shape = node.inputs[0], dims(node.outputs[0])
        if x is None or shape is None:
            return None
        perm = permutation(node, len(shape))
        first = producer(x, "Transpose")
        source = x
        if first is not None and first.inputs[0] is not None:
            source = first.inputs[0]
            inner = permutation(first, len(shape))
            perm = tuple(inner[axis] for axis in perm)
        if perm == tuple(range(len(shape))):
            return bypass(node, source)
        if first is None:
            return None
        return Rewrite((emit("Transpose", [source], {"perm": perm}),))
