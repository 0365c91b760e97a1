"""Trilu with a constant diagonal: SELECT_V2 by a constant mask."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_compiler.graph.triangle import triangle, unsupported_triangle
from edgert_compiler.graph.types import BOOL, NUMERIC, unsupported_type
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class Trilu(Lowering):
    op_type = "Trilu"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_triangle(node) or unsupported_type(node, 0, NUMERIC | BOOL)

    def axes(self, node: ir.Node) -> int:
        return 5

    def lower(self, node: ir.Node, context: Context) -> None:
        value = required(node, 0)
        x = context.native(value, layout.row_major(rank_of(value))).tensor
        zero = context.constant(np.zeros((), x.dtype))
        mask = context.constant(triangle(node))
        context.emit("SELECT_V2", [mask, x, zero], context.result(node.outputs[0]))
