"""ScatterElements."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, required
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.scatter import Scatter
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class ScatterElements(Scatter):
    """The indexed axis comes first; the others are shared by all operands."""

    op_type = "ScatterElements"

    def operands(
        self, node: ir.Node, output: Tensor, context: LoweringContext
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        rank = len(output.shape)
        axis = axis_of(node, rank, 0)
        order = (axis, *(a for a in range(rank) if a != axis))
        data, indices, updates = (
            layout.transpose(context.native(required(node, i)), order) for i in range(3)
        )
        tuples = indices.view((*indices.shape, 1), (*indices.strides, 1))
        return data, tuples, updates, layout.transpose(output, order)
