"""Gelu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import string
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class Gelu(MilOp):
    op_type = "Gelu"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        approximate = string(node, "approximate", "none") == "tanh"
        mode = "TANH_APPROXIMATION" if approximate else "EXACT"
        context.emit(node.outputs[0], "gelu", x=context.input(node, 0), mode=mode)
