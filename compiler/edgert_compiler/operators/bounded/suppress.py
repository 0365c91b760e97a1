"""Suppress: non-maximum suppression with room for as many boxes as there may be."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import integer, required, shape_of
from edgert_compiler.graph.types import FLOAT, unsupported_type
from edgert_compiler.operators.base import Operator


class Suppress(Operator):
    """Operands of NonMaxSuppression => selected int64 [B, C, room, 3], kept bool [B, C, room].

    Attributes `center_point_box` and `room`.
    """

    op_type = "Suppress"
    domain = DOMAIN
    types = FLOAT

    def infer(self, node: ir.Node) -> list[tuple[ir.DataType, tuple[int, ...]]] | None:
        scores = required(node, 1)
        if scores.shape is None or not scores.shape.is_static():
            return None
        kept = (*shape_of(scores)[:2], integer(node, "room", 0) or 0)
        return [(ir.DataType.INT64, (*kept, 3)), (ir.DataType.BOOL, kept)]

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_type(node, 1)
