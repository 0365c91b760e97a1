"""ReduceLogSumExp."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.reduction import Reduction, apply, reduce
from edgert_compiler.operators.reduce.base import reduced_axes


class ReduceLogSumExp(Reduction):
    """log(sum(exp(x - max))) + max: exp cannot overflow."""

    op_type = "ReduceLogSumExp"
    kernel = "reduce_sum"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        axes = reduced_axes(node, len(x.shape))
        largest = reduce(x, axes, "reduce_max", context)
        shifted = (Instruction("sub", 0, (0, 1)), Instruction("exp", 0, (0,)))
        total = reduce(apply([x, largest], shifted, context), axes, "reduce_sum", context)
        back = (Instruction("log", 0, (0,)), Instruction("add", 0, (0, 1)))
        y = apply([total, largest], back, context)
        context.bind(node.outputs[0], context.reshape(y, shape_of(node.outputs[0])))
