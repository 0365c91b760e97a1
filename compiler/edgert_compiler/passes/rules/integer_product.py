"""Products of integers that are scaled to real numbers, as dynamic quantization writes them."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.linear import Linear, dequantized, scalar_form, single
from edgert_compiler.graph.matching import dims, producer
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class IntegerProduct(Rule):
    """The scales move from the result to the operands.

    q = QuantizeLinear(x, s, z)
    Mul(Cast(MatMulInteger(q, W, z, wz)), Mul(s, ws))   =>   MatMul(DQ(q, s, z), DQ(W, ws, wz))
    Mul(Cast(ConvInteger(q, W, z, wz)), Mul(s, ws))     =>   Conv(DQ(q, s, z), DQ(W, ws, wz))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Mul"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the scale of the first operand is no factor of the result."""
        for cast, factor in (node.inputs, node.inputs[::-1]):
            found = producer(cast, "Cast")
            product = found and producer(found.inputs[0], "MatMulInteger", "ConvInteger")
            if product is not None and factor is not None:
                return _scaled(product, factor)
        return None


def _scaled(product: ir.Node, factor: ir.Value) -> Rewrite | Refusal | None:
    x, weight = product.inputs[:2]
    quantize = producer(x, "QuantizeLinear")
    scales = producer(factor, "Mul")
    if quantize is None or scales is None:
        return Refusal("the scale of the first operand is not known")
    scale = quantize.inputs[1]
    if scale not in scales.inputs or optional(quantize, 2) is not optional(product, 2):
        return Refusal("the result is not scaled as the first operand was quantized")
    other = scales.inputs[1 - scales.inputs.index(scale)]
    if scale is None or other is None or dims(scale) is None or dims(other) is None:
        return None
    is_conv = product.op_type == "ConvInteger"
    own = _channel_scale(other, is_conv)
    if own is None or dims(scale) not in ((), (1,)):
        return Refusal("a scale varies along more than the output channels")
    first = dequantized(x, Linear(single(scalar_form(scale)), _zero(product, 2)))
    second = dequantized(weight, Linear(single(own), _zero(product, 3)), 0 if is_conv else -1)
    attributes = dict(product.attributes)
    return Rewrite((emit("Conv" if is_conv else "MatMul", [first, second], attributes),))


def _zero(product: ir.Node, index: int) -> ir.Value | None:
    zero_point = optional(product, index)
    return None if zero_point is None else scalar_form(zero_point)


def _channel_scale(scale: ir.Value, is_conv: bool) -> ir.Value | None:
    """The factor of the result as scales of the second operand: a scalar, or a vector."""
    shape = dims(scale)
    if shape in ((), (1,)):
        return scalar_form(scale)
    array = array_of(scale)
    if array is None or array.ndim > 1:
        return None
    return None if is_conv else scale
