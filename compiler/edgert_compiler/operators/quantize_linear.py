"""QuantizeLinear, where the model's own output is quantized."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import BYTE, FLOAT
from edgert_compiler.operators.base import Operator
from edgert_compiler.operators.linear_quantization import unsupported_params


class QuantizeLinear(Operator):
    op_type = "QuantizeLinear"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        if node.outputs[0].dtype not in BYTE:
            return "edgert quantizes to int8 and uint8"
        return super().unsupported(node) or unsupported_params(node)
