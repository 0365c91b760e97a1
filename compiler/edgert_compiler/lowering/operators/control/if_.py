"""If, both of whose branches are nodes of the graph."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.dataflow import IF, branch_results
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.control import IF as IF_KERNEL
from edgert_compiler.program.ir import Tensor


class If(Lowering):
    """The kernel `if`; each branch ends with copies into the outputs."""

    op_type = IF
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        condition = context.native(required(node, 0))
        context.control(IF_KERNEL, node, [context.reshape(condition, (1,))], ())
        outputs: list[Tensor] = []
        for branch, values in enumerate(branch_results(node)):
            with context.body(node, branch):
                for index, value in enumerate(values):
                    result = context.native(value)
                    if branch == 0:
                        outputs.append(_like(result, context))
                    context.convert(result, outputs[index])
        for value, output in zip(node.outputs, outputs):
            context.bind(value, output)


def _like(tensor: Tensor, context: LoweringContext) -> Tensor:
    return context.temporary(tensor.dtype, tensor.shape, layout.order_of(tensor))
