"""Tile."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers_of
from edgert_compiler.graph.types import unsupported_dynamic
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class Tile(Lowering):
    op_type = "Tile"
    pointwise = True

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_dynamic(node, 1, "the repeats")

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        repeats = integers_of(node, 1) or ()
        target = context.result(node.outputs[0], x.order, x.params)
        context.emit("TILE", [x.tensor, context.vector([repeats[a] for a in x.order])], target)
