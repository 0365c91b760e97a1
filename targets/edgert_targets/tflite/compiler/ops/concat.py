"""Concat."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, optional, rank_of, required, shape_of
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class Concat(Lowering):
    """In the axis order of the first computed input."""

    op_type = "Concat"
    pointwise = True
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        inputs = [i for i in range(len(node.inputs)) if optional(node, i) is not None]
        inputs = [i for i in inputs if 0 not in shape_of(required(node, i))]
        computed = [i for i in inputs if required(node, i).const_value is None]
        order = context.operand(node, (computed or inputs)[0]).order
        params = context.params(node)
        operands = [
            context.requantized(context.operand(node, i, order).tensor, params) for i in inputs
        ]
        target = context.result(node.outputs[0], order, params)
        axis = order.index(axis_of(node, rank_of(required(node, 0)), 0))
        context.emit("CONCATENATION", operands, target, ("ConcatenationOptions", {"axis": axis}))
