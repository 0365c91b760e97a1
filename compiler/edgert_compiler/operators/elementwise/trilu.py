"""Trilu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import DOUBLE, NUMERIC, unsupported_dynamic
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.operators.elementwise.base import Elementwise


class Trilu(Elementwise):
    op_type = "Trilu"
    types = NUMERIC | DOUBLE

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_dynamic(node, 1, "the diagonal k") or super().unsupported(node)

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.FLOAT
