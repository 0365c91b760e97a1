"""Neg."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import NUMBER


class Neg(MilOp):
    op_type = "Neg"
    kinds = NUMBER

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x = context.input(node, 0)
        minus_one = context.number_like(node.outputs[0], -1)
        context.emit(node.outputs[0], "mul", x=x, y=minus_one)
