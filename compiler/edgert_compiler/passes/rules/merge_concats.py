"""Concat inside Concat, and Concat of all parts of a Split."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims, only_use, op_id, producer
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class MergeConcats(Rule):
    """A Concat takes in the Concats that feed only it, and undoes a Split along the same axis.

    Concat(a, Concat(b, c), d)      =>   Concat(a, b, c, d)
    x ── Split(3) ══ Concat ── f    =>   x ── f
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Concat"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses an inner Concat that is read elsewhere: it would be copied twice."""
        axis = _axis(node)
        if axis is None:
            return None
        whole = _split_source(node, axis)
        if whole is not None:
            if node.outputs[0].is_graph_output() and whole.producer() is None:
                return Refusal("it gives a graph output its name")
            return Rewrite((whole,))
        parts: list[ir.Value | None] = []
        refused = False
        for value in node.inputs:
            inner = producer(value, "Concat")
            if inner is None or _axis(inner) != axis:
                parts.append(value)
            elif value is not None and not only_use(value):
                refused = True
                parts.append(value)
            else:
                parts.extend(inner.inputs)
        if len(parts) == len(node.inputs):
            return Refusal("the inner Concat is read elsewhere") if refused else None
        return Rewrite((emit("Concat", parts, {"axis": axis}),))


def _axis(node: ir.Node) -> int | None:
    shape = dims(node.outputs[0])
    return node.attributes.get_int("axis", 0) % len(shape) if shape else None


def _split_source(node: ir.Node, axis: int) -> ir.Value | None:
    """The value whose parts are concatenated again, all and in order."""
    split = producer(node.inputs[0], "Split")
    if split is None or list(split.outputs) != list(node.inputs) or op_id(split) != "Split":
        return None
    return split.inputs[0] if split.attributes.get_int("axis", 0) == axis else None
