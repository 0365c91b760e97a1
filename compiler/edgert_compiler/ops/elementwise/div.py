"""Div."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.ops.base import Int8


class Div(Elementwise):
    op_type = "Div"
    instruction = "div"
    types = NUMERIC | DOUBLE

    def int8(self, node: ir.Node) -> Int8:
        divisor = node.inputs[1]
        constant = divisor is not None and divisor.const_value is not None
        return super().int8(node) if constant else Int8.NONE
