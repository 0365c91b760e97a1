"""Base of the operators that only select or rearrange elements."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.operators.base import Operator, QuantizationRole


class Rearrangement(Operator):
    """One data input, one output with the same elements or some of them, of any type."""

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.PRESERVE

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return node.inputs[:1]
