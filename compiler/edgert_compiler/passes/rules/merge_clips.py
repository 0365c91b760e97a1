"""Relu, Clip, Min and Max with constant bounds, in a row or alone."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import (
    constant_operand,
    dims,
    is_float,
    only_use,
    producer,
    scalar,
)
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class MergeClips(Rule):
    """Bounds in a row become one Clip; Min and Max with a constant are bounds.

    x ── Max(0) ── Min(6)     =>   x ── Clip(0, 6)
    x ── Relu ── Clip(-1, 6)  =>   x ── Clip(0, 6)
    x ── Clip(0, )            =>   x ── Relu
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Relu", "Clip", "Min", "Max"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses bounds that cross, whose result depends on the order."""
        outer = bounds(node)
        if outer is None or not is_float(node.outputs[0]):
            return None
        x, low, high = outer
        inner_node = producer(x, "Relu", "Clip", "Min", "Max")
        inner = bounds(inner_node) if inner_node is not None and only_use(x) else None
        if inner is not None:
            x, low, high = inner[0], max(inner[1], low), min(inner[2], high)
        if low > high:
            return Refusal("the bounds cross")
        op = "Relu" if (low, high) == (0, np.inf) else "Clip"
        if inner is None and op == node.op_type:
            return None
        if op == "Relu":
            return Rewrite((emit("Relu", [x]),))
        limits = [
            new_constant(np.float32(bound), f"{node.name}_{side}") if np.isfinite(bound) else None
            for side, bound in (("min", low), ("max", high))
        ]
        return Rewrite((emit("Clip", [x, *limits]),))


def bounds(node: ir.Node) -> tuple[ir.Value, float, float] | None:
    """(x, min, max) of an operator that only limits x; infinite where it does not."""
    x = node.inputs[0]
    if node.op_type in ("Min", "Max"):
        found = constant_operand(node)
        bound = scalar(node.inputs[found[2]]) if found is not None else None
        if found is None or bound is None or dims(found[0]) != dims(node.outputs[0]):
            return None
        return (found[0], -np.inf, bound) if node.op_type == "Min" else (found[0], bound, np.inf)
    if x is None:
        return None
    if node.op_type == "Relu":
        return x, 0.0, np.inf
    low, high = (optional(node, index) for index in (1, 2))
    if (low is not None and scalar(low) is None) or (high is not None and scalar(high) is None):
        return None
    lower, upper = scalar(low), scalar(high)
    lower = -np.inf if lower is None or lower <= np.finfo(np.float32).min else lower
    upper = np.inf if upper is None or upper >= np.finfo(np.float32).max else upper
    return x, lower, upper
