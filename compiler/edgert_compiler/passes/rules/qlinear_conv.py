"""QLinearConv in Q/DQ form."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.linear import Linear, bias, dequantized, quantized
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class QLinearConv(Rule):
    """A convolution between integers is one between the real numbers they stand for.

    QLinearConv(x, xs, xz, W, ws, wz, ys, yz, B)
        =>   QuantizeLinear(Conv(DQ(x, xs, xz), DQ(W, ws, wz), DQ(B, xs * ws)), ys, yz)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"QLinearConv", "com.microsoft.QLinearConv"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses channels last, which only onnxruntime's own optimizer writes."""
        if node.attributes.get_int("channels_last", 0):
            return Refusal("channels are last")
        x, weight, y = (Linear.of(node, index) for index in (1, 4, 6))
        if x is None or weight is None or y is None:
            return None
        operands = [
            dequantized(node.inputs[0], x),
            dequantized(node.inputs[3], weight, axis=0),
            bias(optional(node, 8), x, weight),
        ]
        attributes = {k: v for k, v in node.attributes.items() if k != "channels_last"}
        product = emit("Conv", operands, attributes)
        return Rewrite((quantized(product, y, node.inputs[0]),))
