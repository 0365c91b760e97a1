"""Concat."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.operators.base import Operator, QuantizationRole


class Concat(Operator):
    op_type = "Concat"

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.UNIFY
