"""DequantizeLinear, where the model's own input is quantized."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import BYTE, FLOAT
from edgert_compiler.operators.base import Operator
from edgert_compiler.operators.linear_quantization import unsupported_params


class DequantizeLinear(Operator):
    op_type = "DequantizeLinear"
    types = BYTE

    def unsupported(self, node: ir.Node) -> str | None:
        if node.outputs[0].dtype not in FLOAT:
            return "edgert dequantizes to float"
        return super().unsupported(node) or unsupported_params(node)
