"""TopK."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import unsupported_dynamic
from edgert_compiler.operators.base import Operator


class TopK(Operator):
    """Along one axis, always sorted, elements of any type."""

    op_type = "TopK"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_dynamic(node, 1, "the number k")
