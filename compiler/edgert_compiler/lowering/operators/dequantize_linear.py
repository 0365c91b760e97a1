"""DequantizeLinear, where the model's own input is quantized."""

from __future__ import annotations

from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.operators.linear_quantization import linear_params
from edgert_compiler.program import layout


class DequantizeLinear(Lowering):
    """A conversion of an integer tensor."""

    op_type = "DequantizeLinear"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = replace(context.native(required(node, 0)), quantization=linear_params(node))
        value = node.outputs[0]
        params = context.params(value) if context.wants_quantized(value) else None
        context.convert(x, context.output(value, layout.order_of(x), params))
