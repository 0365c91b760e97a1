"""DequantizeLinear, where the model's own input is quantized."""

from __future__ import annotations

from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.graph.types import BYTE, FLOAT, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.linear_quantization import linear_params, unsupported_params
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.program import layout


class DequantizeLinear(OpLowering):
    """A conversion of an integer tensor."""

    op_type = "DequantizeLinear"

    def unsupported(self, node: ir.Node) -> str | None:
        if node.outputs[0].dtype not in FLOAT:
            return "edgert dequantizes to float"
        return unsupported_type(node, 0, BYTE) or unsupported_params(node)

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = replace(context.native(required(node, 0)), quantization=linear_params(node))
        value = node.outputs[0]
        params = context.params(value) if context.wants_quantized(value) else None
        context.convert(x, context.output(value, layout.order_of(x), params))
