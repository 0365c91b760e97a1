"""HardSwish."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class HardSwish(MilOp):
    """x * hard_sigmoid(x)."""

    op_type = "HardSwish"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x = context.input(node, 0)
        alpha, beta = context.number(1 / 6), context.number(0.5)
        gate = context.make("sigmoid_hard", x=x, alpha=alpha, beta=beta)
        context.emit(node.outputs[0], "mul", x=x, y=gate)
