"""Expand: BROADCAST_TO."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import NUMERIC, unsupported_type
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import aligned


class Expand(Lowering):
    op_type = "Expand"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0, NUMERIC | frozenset({ir.DataType.BOOL}))

    def lower(self, node: ir.Node, context: Context) -> None:
        (x,), order = aligned(node, [0], context)
        target = context.result(node.outputs[0], order)
        context.emit("BROADCAST_TO", [x, context.vector(target.shape)], target)
