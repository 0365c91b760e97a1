"""Positions: where a vector of truth values holds."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.graph.types import BOOL
from edgert_compiler.operators.base import Operator


class Positions(Operator):
    """condition [n] => positions int64 [n], count int64 [1]."""

    op_type = "Positions"
    domain = DOMAIN
    types = BOOL

    def infer(self, node: ir.Node) -> list[tuple[ir.DataType, tuple[int, ...]]] | None:
        condition = required(node, 0)
        if condition.shape is None or not condition.shape.is_static():
            return None
        return [(ir.DataType.INT64, shape_of(condition)), (ir.DataType.INT64, (1,))]
