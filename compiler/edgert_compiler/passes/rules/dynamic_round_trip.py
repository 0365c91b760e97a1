"""Activations that are quantized while running, and dequantized again."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import is_float, producer
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class DynamicRoundTrip(Rule):
    """Which activations are quantized while running is for the quantization plan to decide.

    DequantizeLinear(QuantizeLinear(x, s, z), s, z)   =>   x     where s is computed
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"DequantizeLinear"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Constant scales are a prescription; they stay."""
        quantize = producer(node.inputs[0], "QuantizeLinear")
        scale = node.inputs[1]
        if quantize is None or scale is None or scale.const_value is not None:
            return None
        same = scale is quantize.inputs[1] and optional(node, 2) is optional(quantize, 2)
        x = quantize.inputs[0]
        if not same or x is None or not is_float(x) or node.outputs[0].is_graph_output():
            return None
        return Rewrite((x,))
