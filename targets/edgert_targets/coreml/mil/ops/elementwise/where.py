"""Where."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_targets.coreml.mil.broadcast import broadcast
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Where(MilOp):
    """MIL's select wants three operands of one shape."""

    op_type = "Where"
    kinds = ANY
    data = 1

    def lower(self, node: ir.Node, context: MilContext) -> None:
        output = node.outputs[0]
        operands = (broadcast(context, required(node, i), shape_of(output)) for i in (0, 1, 2))
        choice, first, second = operands
        context.emit(output, "select", cond=choice, a=first, b=second)
