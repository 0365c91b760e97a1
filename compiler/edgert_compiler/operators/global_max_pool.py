"""GlobalMaxPool."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.spatial import unsupported_window
from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator, QuantizationRole


class GlobalMaxPool(Operator):
    op_type = "GlobalMaxPool"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_window(node)

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.PRESERVE

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return node.inputs[:1]
