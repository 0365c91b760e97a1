"""QuantizeLinear, where the model's own output is quantized."""

from __future__ import annotations

from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.operators.linear_quantization import linear_params
from edgert_compiler.program import layout


class QuantizeLinear(Lowering):
    """A conversion; the result is an integer tensor to whatever reads it."""

    op_type = "QuantizeLinear"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.best(required(node, 0))
        y = context.output(node.outputs[0], layout.order_of(x))
        context.convert(x, replace(y, quantization=linear_params(node)))
