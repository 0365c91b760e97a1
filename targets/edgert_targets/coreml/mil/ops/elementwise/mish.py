"""Mish."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class Mish(MilOp):
    """x * tanh(softplus(x))."""

    op_type = "Mish"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x = context.input(node, 0)
        gate = context.make("tanh", x=context.make("softplus", x=x))
        context.emit(node.outputs[0], "mul", x=x, y=gate)
