"""Expand."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Expand(Rearrangement):
    """Always a view: repeated axes have stride 0."""

    op_type = "Expand"

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        return layout.broadcast(x, shape_of(node.outputs[0]))
