"""IsNaN: what differs from itself."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class IsNaN(MilOp):
    op_type = "IsNaN"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x = context.input(node, 0)
        context.emit(node.outputs[0], "not_equal", x=x, y=x)
