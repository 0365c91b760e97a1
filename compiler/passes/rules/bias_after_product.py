"""Addition after a product."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert.compiler.passes.graph import (
    PRODUCTS,
    constant_operand,
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
    rebuilt,
    with_weights,
)


class BiasAfterProduct(Rule):
    """A constant term per output channel is a bias.

        x ── edgert.Gemm(W) ── Add(b[N])   =>   x ── edgert.Gemm(W, b)

    A vector that becomes the bias as it is keeps its name.
    """

    stage = Stage.ABSORB
    ops = frozenset({"Add"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses terms that vary within a channel and products that are read elsewhere."""
        found = constant_operand(node)
        product = producer(found[0], *PRODUCTS) if found is not None else None
        if found is None or product is None or not is_plain(product):
            return None
        y, terms, index = found
        shift = per_channel(terms, y, channel_axis(product))
        if shift is None or dims(y) != dims(node.outputs[0]):
            return Refusal("the term varies within a channel")
        if not only_use(y):
            return Refusal("the product is read elsewhere")
        if optional_input(product, 2) is None and terms.shape == shift.shape:
            inputs = [product.inputs[0], product.inputs[1], node.inputs[index]]
            return Rewrite((rebuilt(product, inputs, {}),))
        return Rewrite((with_weights(product, bias=bias_of(product) + shift),))
