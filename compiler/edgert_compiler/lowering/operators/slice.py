"""Slice."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers_of
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Slice(Rearrangement):
    """Always a view; a negative step is a negative stride."""

    op_type = "Slice"

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        starts, ends = integers_of(node, 1) or (), integers_of(node, 2) or ()
        axes = integers_of(node, 3) or range(len(starts))
        steps = integers_of(node, 4) or [1] * len(starts)
        for start, end, axis, step in zip(starts, ends, axes, steps):
            chosen = range(x.shape[axis])[slice(start, end, step)]
            x = layout.narrow(x, axis % len(x.shape), chosen.start, len(chosen), step)
        return x
