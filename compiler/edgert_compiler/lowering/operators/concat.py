"""Concat."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout


class Concat(Lowering):
    """Every input is copied into its part of the output, which lies as the largest input does."""

    op_type = "Concat"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        value = node.outputs[0]
        axis = axis_of(node, len(shape_of(value)), 0)
        parts = [context.operand(node, index) for index in range(len(node.inputs))]
        computed = [part for part in parts if part.buffer.data is None] or parts
        largest = max(computed, key=lambda part: part.count)
        output = context.output_like(value, largest, layout.order_of(largest))
        start = 0
        for part in parts:
            count = part.shape[axis]
            if part.count:
                context.convert(part, layout.narrow(output, axis, start, count))
            start += count
