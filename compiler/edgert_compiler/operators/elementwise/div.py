"""Div."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.operators.elementwise.base import Elementwise


class Div(Elementwise):
    op_type = "Div"
    instruction = "div"
    types = NUMERIC | DOUBLE

    def role(self, node: ir.Node) -> QuantizationRole:
        divisor = node.inputs[1]
        constant = divisor is not None and divisor.const_value is not None
        return super().role(node) if constant else QuantizationRole.FLOAT
