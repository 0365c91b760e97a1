"""Operators that return their input."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import scalar
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class NoOp(Rule):
    """Identity, Dropout in inference and Cast to the same type disappear.

    x ── Identity ── y ── f        =>   x ── f
    x ── Dropout ── y ── f         =>   x ── f
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Identity", "Dropout", "Cast", "CastLike"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses training, a Dropout mask that is read, and what only renames an output."""
        x, y = node.inputs[0], node.outputs[0]
        if x is None:
            return None
        if node.op_type == "Dropout":
            problem = _dropout_problem(node)
            if problem is not None:
                return Refusal(problem)
        elif node.op_type in ("Cast", "CastLike") and (x.dtype is None or x.dtype != y.dtype):
            return None
        if y.is_graph_output() and (x.producer() is None or x.is_graph_output()):
            return _rename(node, x)
        return Rewrite((x, *(None for _ in node.outputs[1:])))


def _dropout_problem(node: ir.Node) -> str | None:
    training = optional(node, 2)
    if training is not None and scalar(training) != 0:
        return "it is in training mode"
    if any(mask.uses() or mask.is_graph_output() for mask in node.outputs[1:]):
        return "its mask is read"
    return None


def _rename(node: ir.Node, x: ir.Value) -> Rewrite | Refusal:
    """An output that is an input, a constant or another output needs an Identity."""
    if node.op_type == "Identity":
        return Refusal("it gives a graph output its name")
    return Rewrite((emit("Identity", [x]), *(None for _ in node.outputs[1:])))
