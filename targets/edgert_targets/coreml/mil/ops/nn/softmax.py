"""Softmax."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class Softmax(MilOp):
    op_type = "Softmax"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        axis = integer(node, "axis", -1)
        context.emit(node.outputs[0], "softmax", x=context.input(node, 0), axis=axis)
