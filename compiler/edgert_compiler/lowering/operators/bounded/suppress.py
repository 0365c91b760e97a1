"""Suppress: non-maximum suppression with room for as many boxes as there may be."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import integer, optional, required, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.results import result
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType


class Suppress(Lowering):
    """The kernel `non_max_suppression`."""

    op_type = "Suppress"
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        operands = [optional(node, index) for index in range(5)]
        inputs = [None if value is None else context.native(value) for value in operands]
        room = (*shape_of(required(node, 1))[:2], integer(node, "room", 0) or 0)
        selected = result(node, 0, DType.S64, (*room, 3), layout.row_major(4), context)
        kept = result(node, 1, DType.BOOL, room, layout.row_major(3), context)
        params = {"center_point_box": integer(node, "center_point_box", 0)}
        context.emit("non_max_suppression", inputs, [selected, kept], params)
