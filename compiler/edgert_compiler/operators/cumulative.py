"""Base of CumSum and CumProd."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_compiler.graph.types import DOUBLE, NUMERIC, unsupported_dynamic
from edgert_compiler.operators.base import Operator


class Cumulative(Operator):
    """Along one axis."""

    types = NUMERIC | DOUBLE

    def unsupported(self, node: ir.Node) -> str | None:
        if rank_of(required(node, 0)) == 0:
            return "its input is a scalar"
        return super().unsupported(node) or unsupported_dynamic(node, 1, "the axis")
