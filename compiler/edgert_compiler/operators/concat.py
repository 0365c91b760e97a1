"""Concat."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.operators.base import Operator, QuantizationRole


class Concat(Operator):
    op_type = "Concat"

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.UNIFY

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return node.inputs
