"""MaxPool."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import is_read
from edgert_compiler.graph.spatial import unsupported_window
from edgert_compiler.graph.types import BYTE, FLOAT
from edgert_compiler.operators.base import Operator, QuantizationRole


class MaxPool(Operator):
    """Without the output of indices."""

    op_type = "MaxPool"
    types = FLOAT | BYTE

    def unsupported(self, node: ir.Node) -> str | None:
        if len(node.outputs) > 1 and is_read(node.outputs[1]):
            return "the indices of the maxima are not available"
        return super().unsupported(node) or unsupported_window(node)

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.PRESERVE

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None]:
        return node.inputs[:1]
