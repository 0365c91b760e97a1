"""Transpose."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import permutation
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Transpose(Rearrangement):
    """Always a view: only the strides change places."""

    op_type = "Transpose"

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        return layout.transpose(x, permutation(node, len(x.shape)))
