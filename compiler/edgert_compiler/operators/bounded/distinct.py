"""Distinct: the rows of a matrix that differ from each other."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.operators.base import Operator


class Distinct(Operator):
    """x [n, m], limit? => positions, inverse, counts [n], count [1], all int64."""

    op_type = "Distinct"
    domain = DOMAIN

    def infer(self, node: ir.Node) -> list[tuple[ir.DataType, tuple[int, ...]]] | None:
        x = required(node, 0)
        if x.shape is None or not x.shape.is_static():
            return None
        rows = (shape_of(x)[0],)
        return [(ir.DataType.INT64, shape) for shape in (rows, rows, rows, (1,))]
