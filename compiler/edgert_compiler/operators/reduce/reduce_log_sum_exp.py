"""ReduceLogSumExp."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.operators.reduce.base import Reduction


class ReduceLogSumExp(Reduction):
    """log(sum(exp(x))), without overflow."""

    op_type = "ReduceLogSumExp"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0) or super().unsupported(node)
