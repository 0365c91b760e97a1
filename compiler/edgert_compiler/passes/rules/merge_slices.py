"""Slices in a row along different axes."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import only_use, producer
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class MergeSlices(Rule):
    """One Slice does what two do.

    x ── Slice(axis 2) ── Slice(axis 3)   =>   x ── Slice(axes 2, 3)
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Slice"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses slices that share an axis, and a value in between that is read elsewhere."""
        x = node.inputs[0]
        first = producer(x, "Slice")
        if x is None or first is None or len(node.inputs) != 5 or len(first.inputs) != 5:
            return None
        inner = [array_of(value) for value in first.inputs[1:]]
        outer = [array_of(value) for value in node.inputs[1:]]
        if any(a is None for a in (*inner, *outer)):
            return None
        if set(inner[2].tolist()) & set(outer[2].tolist()):  # type: ignore[union-attr]
            return Refusal("both cut the same axis")
        if not only_use(x):
            return Refusal("the value in between is read elsewhere")
        operands = [
            new_constant(np.concatenate([a, b]).astype(np.int64), f"{node.name}_{title}")
            for title, a, b in zip(("starts", "ends", "axes", "steps"), inner, outer)
        ]
        return Rewrite((emit("Slice", [first.inputs[0], *operands]),))
