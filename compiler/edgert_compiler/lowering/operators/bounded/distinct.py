"""Distinct: the rows of a matrix that differ from each other."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import integer, optional, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.results import result
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType


class Distinct(Lowering):
    """The kernel `unique`."""

    op_type = "Distinct"
    domain = DOMAIN

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
