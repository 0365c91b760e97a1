"""IsInf."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer
from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.operators.elementwise.base import Elementwise


class IsInf(Elementwise):
    op_type = "IsInf"
    instruction = "is_inf"
    types = FLOAT | DOUBLE

    def immediates(self, node: ir.Node) -> tuple[float, ...]:
        return (
            float(integer(node, "detect_positive", 1)),
            float(integer(node, "detect_negative", 1)),
        )
