"""Reshape (which also stands for Flatten, Squeeze and Unsqueeze)."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program.ir import Tensor


class Reshape(Rearrangement):
    """A view where the merged axes follow each other in memory, else one copy."""

    op_type = "Reshape"

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        return context.reshape(x, shape_of(node.outputs[0]))
