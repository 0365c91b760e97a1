"""Slice: starts, ends, axes and steps as inputs."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert.compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert.compiler.passes.graph import constant, dims, emit, ints, new_constant


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
            starts, ends = ints(node, "starts", ()), ints(node, "ends", ())
            axes, steps = ints(node, "axes", range(len(starts))), (1,) * len(starts)
        else:
            given = [constant(value) for value in node.inputs[1:]]
            if any(v is not None and a is None for v, a in zip(node.inputs[1:], given)):
                return Refusal("the bounds are computed while running")
            lists = [a.tolist() if a is not None else None for a in given] + [None] * 2
            starts, ends = lists[0], lists[1]
            axes = range(len(starts)) if lists[2] is None else lists[2]
            steps = (1,) * len(starts) if lists[3] is None else lists[3]
            if len(node.inputs) == 5 and lists[2] and lists[3] and min(axes) >= 0:
                return None
        axes = [axis % len(shape) for axis in axes]
        operands = [
            new_constant(np.array(values, np.int64), f"{node.name}_{title}")
            for title, values in zip(("starts", "ends", "axes", "steps"), (starts, ends, axes, steps))
        ]
        return Rewrite((emit("Slice", [x, *operands]),))
