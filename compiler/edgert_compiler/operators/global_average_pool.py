"""GlobalAveragePool."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.spatial import unsupported_window
from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator, QuantizationRole


class GlobalAveragePool(Operator):
    op_type = "GlobalAveragePool"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_window(node)

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.COMPUTE

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return node.inputs[:1]
