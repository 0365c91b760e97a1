"""Multiplication and division after a product."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert.compiler.passes.graph import (
    PRODUCTS,
    constant_factor,
    dims,
    only_use,
    optional_input,
    producer,
)
from edgert.compiler.passes.products import (
    bias_of,
    channel_axis,
    is_plain,
    per_channel,
    scale_outputs,
    with_weights,
)


class ScaleAfterProduct(Rule):
    """A constant factor per output channel goes into weights and bias.

    x ── edgert.Conv(W, B) ── Mul(s[C, 1, 1])   =>   x ── edgert.Conv(s * W, s * B)
    """

    stage = Stage.ABSORB
    ops = frozenset({"Mul", "Div"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses factors that vary within a channel and products that are read elsewhere."""
        found = constant_factor(node)
        product = producer(found[0], *PRODUCTS) if found is not None else None
        if found is None or product is None or not is_plain(product):
            return None
        y, factors = found
        scale = per_channel(factors, y, channel_axis(product))
        if scale is None or dims(y) != dims(node.outputs[0]):
            return Refusal("the factor varies within a channel")
        if not only_use(y):
            return Refusal("the product is read elsewhere")
        bias = bias_of(product) * scale if optional_input(product, 2) is not None else None
        return Rewrite((with_weights(product, scale_outputs(product, scale), bias),))
