"""Reciprocal."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class Reciprocal(MilOp):
    """Not MIL's inverse, which adds an epsilon."""

    op_type = "Reciprocal"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x = context.input(node, 0)
        context.emit(node.outputs[0], "real_div", x=context.number(1), y=x)
