"""MatMul of two computed operands."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import FLOAT, unsupported_type
from edgert_compiler.operators.base import Operator, QuantizationRole


class MatMul(Operator):
    op_type = "MatMul"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_type(node, 1)

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.COMPUTE
