"""Tile."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Tile(Rearrangement):
    """[d] is seen as [repeats, d] with stride 0, then merged: one copy."""

    op_type = "Tile"

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        result = shape_of(node.outputs[0])
        repeats = [new // old if old else 1 for new, old in zip(result, x.shape)]
        split = layout.reshape(x, [dim for old in x.shape for dim in (1, old)])
        assert split is not None, "axes of size 1 can be put anywhere"
        repeated = [dim for repeat, old in zip(repeats, x.shape) for dim in (repeat, old)]
        return context.reshape(layout.broadcast(split, repeated), result)
