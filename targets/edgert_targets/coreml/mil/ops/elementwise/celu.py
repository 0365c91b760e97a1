"""Celu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class Celu(MilOp):
    """alpha * elu(x / alpha, 1)."""

    op_type = "Celu"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        alpha = context.number(number(node, "alpha", 1.0))
        scaled = context.make("real_div", x=context.input(node, 0), y=alpha)
        elu = context.make("elu", x=scaled, alpha=context.number(1))
        context.emit(node.outputs[0], "mul", x=elu, y=alpha)
