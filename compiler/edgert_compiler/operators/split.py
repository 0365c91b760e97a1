"""Split."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.operators.base import Operator, QuantizationRole


class Split(Operator):
    op_type = "Split"

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.PRESERVE
