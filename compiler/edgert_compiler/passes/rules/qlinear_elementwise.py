"""onnxruntime's operators on one or two quantized tensors in Q/DQ form."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.linear import Linear, dequantized, quantized
from edgert_compiler.graph.matching import op_id
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

# The operator on real numbers, and how many tensors it takes; each has its scale and zero point.
_OPERATORS = {
    "com.microsoft.QLinearAdd": ("Add", 2),
    "com.microsoft.QLinearMul": ("Mul", 2),
    "com.microsoft.QLinearSigmoid": ("Sigmoid", 1),
    "com.microsoft.QLinearLeakyRelu": ("LeakyRelu", 1),
    "com.microsoft.QLinearSoftmax": ("Softmax", 1),
    "com.microsoft.QLinearAveragePool": ("AveragePool", 1),
    "com.microsoft.QLinearGlobalAveragePool": ("GlobalAveragePool", 1),
}


class QLinearElementwise(Rule):
    """What onnxruntime's quantizer writes for additions, activations and pools.

    com.microsoft.QLinearAdd(a, as, az, b, bs, bz, ys, yz)
        =>   QuantizeLinear(Add(DQ(a, as, az), DQ(b, bs, bz)), ys, yz)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset(_OPERATORS)

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses channels last, which only onnxruntime's own optimizer writes."""
        if node.attributes.get_int("channels_last", 0):
            return Refusal("channels are last")
        op, tensors = _OPERATORS[op_id(node)]
        params = [Linear.of(node, 3 * i + 1) for i in range(tensors)]
        y = Linear.of(node, 3 * tensors)
        operands = [
            dequantized(node.inputs[3 * i], linear) for i, linear in enumerate(params) if linear
        ]
        if len(operands) < tensors or y is None:
            return None
        dropped = ("channels_last", "opset")
        attributes = {k: v for k, v in node.attributes.items() if k not in dropped}
        return Rewrite((quantized(emit(op, operands, attributes), y, node.inputs[0]),))
