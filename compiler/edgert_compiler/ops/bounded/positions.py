"""Positions: where a vector of truth values holds."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.graph.types import BOOL, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.results import result
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType


class Positions(OpLowering):
    """condition [n] => positions int64 [n], count int64 [1], as the kernel `true_positions`."""

    op_type = "Positions"
    domain = DOMAIN

    def infer(self, node: ir.Node) -> list[tuple[ir.DataType, tuple[int, ...]]] | None:
        condition = required(node, 0)
        if condition.shape is None or not condition.shape.is_static():
            return None
        return [(ir.DataType.INT64, shape_of(condition)), (ir.DataType.INT64, (1,))]

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0, BOOL)

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        condition = context.native(required(node, 0))
        positions = result(node, 0, DType.S64, condition.shape, layout.row_major(1), context)
        count = result(node, 1, DType.S64, (1,), layout.row_major(1), context)
        context.emit("true_positions", [condition], [positions, count])
