"""Selu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class Selu(MilOp):
    """gamma * elu(x, alpha)."""

    op_type = "Selu"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        alpha = context.number(number(node, "alpha", 1.67326319217681884765625))
        gamma = context.number(number(node, "gamma", 1.05070102214813232421875))
        elu = context.make("elu", x=context.input(node, 0), alpha=alpha)
        context.emit(node.outputs[0], "mul", x=elu, y=gamma)
