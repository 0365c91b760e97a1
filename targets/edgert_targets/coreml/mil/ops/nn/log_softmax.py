"""LogSoftmax."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class LogSoftmax(MilOp):
    """x - log(sum(exp(x)))."""

    op_type = "LogSoftmax"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x, axes = context.input(node, 0), (integer(node, "axis", -1),)
        total = context.make("reduce_log_sum_exp", x=x, axes=axes, keep_dims=True)
        context.emit(node.outputs[0], "sub", x=x, y=total)
