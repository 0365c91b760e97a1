"""Bound and Unbound: what is said of an axis, not computed."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.operators.rearrangement import Rearrangement


class Bound(Rearrangement):
    """x, of which the first `count` entries along `axis` are meant (int64, one element)."""

    op_type = "Bound"
    domain = DOMAIN

    def infer(self, node: ir.Node) -> list[tuple[ir.DataType, tuple[int, ...]]] | None:
        x = required(node, 0)
        if x.dtype is None or x.shape is None or not x.shape.is_static():
            return None
        return [(x.dtype, shape_of(x))]


class Unbound(Bound):
    """x, of which all entries along `axis` are meant."""

    op_type = "Unbound"
