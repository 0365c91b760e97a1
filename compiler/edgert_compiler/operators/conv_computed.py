"""Conv whose weights are computed at run time."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.spatial import unsupported_window
from edgert_compiler.graph.types import FLOAT, unsupported_type
from edgert_compiler.operators.base import Operator


class ComputedConv(Operator):
    """In float: only constant weights are packed for int8.

    Padding and bias are nodes of their own (rule conv_computed).
    """

    op_type = "Conv"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_type(node, 1) or unsupported_window(node, 3)
