"""Multiplication and addition before a product."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert.compiler.passes.graph import (
    FUSED_CONV_TRANSPOSE,
    PRODUCTS,
    constant_factor,
    constant_operand,
    dims,
    ints,
    only_use,
    op_id,
    producer,
)
from edgert.compiler.passes.products import (
    channel_axis,
    per_channel,
    scale_inputs,
    shifted_bias,
    with_weights,
)


class AffineBeforeProduct(Rule):
    """A constant factor or term per input channel goes into weights or bias.

    x ── Mul(s[C, 1, 1]) ── edgert.Conv(W, B)   =>   x ── edgert.Conv(W * s, B)
    x ── Add(t[C, 1, 1]) ── edgert.Conv(W, B)   =>   x ── edgert.Conv(W, B + sum W * t)
    """

    stage = Stage.ABSORB
    ops = frozenset(PRODUCTS)

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses a term before zero padding, which would have to be padded with -t instead."""
        y = node.inputs[0]
        step = producer(y, "Mul", "Div", "Add")
        if y is None or step is None:
            return None
        found = constant_operand(step) if step.op_type == "Add" else constant_factor(step)
        if found is None:
            return None
        x, array = found[:2]
        axis = channel_axis(node)
        values = per_channel(array, y, axis)
        if values is None or dims(x) != dims(y):
            return Refusal("the constant varies within a channel")
        if not only_use(y):
            return Refusal("the value in between is read elsewhere")
        if step.op_type != "Add":
            return Rewrite((with_weights(node, scale_inputs(node, values), x=x),))
        if any(ints(node, "pads", ())) or op_id(node) == FUSED_CONV_TRANSPOSE:
            return Refusal("the borders do not see the added term")
        return Rewrite((with_weights(node, bias=shifted_bias(node, values), x=x),))
