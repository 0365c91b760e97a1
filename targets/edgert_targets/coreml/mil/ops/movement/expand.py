"""Expand."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_targets.coreml.mil.broadcast import broadcast
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Expand(MilOp):
    op_type = "Expand"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        output = node.outputs[0]
        context.bind(output, broadcast(context, required(node, 0), shape_of(output)))
