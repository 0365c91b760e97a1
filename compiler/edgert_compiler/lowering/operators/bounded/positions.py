"""Positions: where a vector of truth values holds."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.results import result
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType


class Positions(Lowering):
    """The kernel `true_positions`."""

    op_type = "Positions"
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        condition = context.native(required(node, 0))
        positions = result(node, 0, DType.S64, condition.shape, layout.row_major(1), context)
        count = result(node, 1, DType.S64, (1,), layout.row_major(1), context)
        context.emit("true_positions", [condition], [positions, count])
