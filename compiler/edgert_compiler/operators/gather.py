"""Gather."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import INTEGER, unsupported_type
from edgert_compiler.operators.base import Operator, QuantizationRole


class Gather(Operator):
    op_type = "Gather"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 1, INTEGER)

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.PRESERVE
