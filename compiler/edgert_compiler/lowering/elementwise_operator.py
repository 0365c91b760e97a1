"""The lowering of all elementwise operators: their instructions as one call."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.operators.elementwise.base import Elementwise
from edgert_compiler.program.elementwise_call import output_order


class ElementwiseLowering(Lowering):
    """Of the operator that it is given."""

    def __init__(self, operator: Elementwise) -> None:
        self._operator = operator

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        operands = [context.operand(node, index) for index in self._operator.operands(node)]
        value = node.outputs[0]
        order = output_order(shape_of(value), operands)
        output = context.output(value, order, context.output_params(node))
        context.elementwise(operands, output, self._operator.instructions(node))
