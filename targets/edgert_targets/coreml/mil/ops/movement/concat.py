"""Concat."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Concat(MilOp):
    op_type = "Concat"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        operands = [context.operand(value) for value in node.inputs if value is not None]
        axis = integer(node, "axis", 0)
        context.emit(node.outputs[0], "concat", values=operands, axis=axis)
