"""Distinct: the rows of a matrix that differ from each other."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import integer, optional, required, shape_of
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.results import result
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType


class Distinct(OpLowering):
    """x [n, m], limit? => positions, inverse, counts [n], count [1], all int64: kernel `unique`."""

    op_type = "Distinct"
    domain = DOMAIN

    def infer(self, node: ir.Node) -> list[tuple[ir.DataType, tuple[int, ...]]] | None:
        x = required(node, 0)
        if x.shape is None or not x.shape.is_static():
            return None
        rows = (shape_of(x)[0],)
        return [(ir.DataType.INT64, shape) for shape in (rows, rows, rows, (1,))]

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        limit = optional(node, 1)
        rows = layout.row_major(1)
        outputs = [
            result(node, i, DType.S64, (x.shape[0] if i < 3 else 1,), rows, context)
            for i in range(4)
        ]
        operands = [x, None if limit is None else context.native(limit)]
        context.emit("unique", operands, outputs, {"sorted": integer(node, "sorted", 1)})
