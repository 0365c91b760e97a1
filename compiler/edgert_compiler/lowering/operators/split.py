"""Split."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout


class Split(Lowering):
    """Every output is a view of the input."""

    op_type = "Split"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.operand(node)
        axis = axis_of(node, len(x.shape), 0)
        start = 0
        for output in node.outputs:
            count = shape_of(output)[axis]
            context.bind(output, layout.narrow(x, axis, start, count))
            start += count
