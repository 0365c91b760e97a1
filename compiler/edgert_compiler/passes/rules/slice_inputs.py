"""Slice: starts, ends, axes and steps as inputs."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, integers
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class SliceInputs(Rule):
    """All four are constant inputs, always present, with axes that are not negative.

    Slice{starts=[1], ends=[9], axes=[-1]}(x)   =>   Slice(x, [1], [9], [3], [1])
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Slice"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses bounds that are computed."""
        x = node.inputs[0]
        shape = dims(x) if x is not None else None
        if shape is None:
            return None
        if len(node.inputs) == 1:
            starts = list(integers(node, "starts"))
            lists = [starts, list(integers(node, "ends")), list(integers(node, "axes")), []]
        else:
            arrays = [array_of(value) for value in node.inputs[1:]]
            if any(v is not None and a is None for v, a in zip(node.inputs[1:], arrays)):
                return Refusal("the bounds are computed while running")
            lists = [a.tolist() if a is not None else [] for a in arrays] + [[], []]
            if len(node.inputs) == 5 and lists[2] and lists[3] and min(lists[2]) >= 0:
                return None
        starts, ends, axes, steps = lists[:4]
        axes = [axis % len(shape) for axis in axes or range(len(starts))]
        values = (starts, ends, axes, steps or [1] * len(starts))
        operands = [
            new_constant(np.array(numbers, np.int64), f"{node.name}_{title}")
            for title, numbers in zip(("starts", "ends", "axes", "steps"), values)
        ]
        return Rewrite((emit("Slice", [x, *operands]),))
