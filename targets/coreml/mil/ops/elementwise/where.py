"""Where."""

from __future__ import annotations

import onnx_ir as ir

from edgert.targets.coreml.mil.context import MilContext
from edgert.targets.coreml.mil.ops.base import MilOp
from edgert.targets.coreml.mil.types import ANY


class Where(MilOp):
    op_type = "Where"
    kinds = ANY
    data = 1

    def lower(self, node: ir.Node, context: MilContext) -> None:
        choice, first, second = (context.input(node, index) for index in (0, 1, 2))
        context.emit(node.outputs[0], "select", cond=choice, a=first, b=second)
