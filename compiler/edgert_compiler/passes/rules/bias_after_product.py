"""Addition after a product."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import constant_operand
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.products import absorbing_product, bias_of, rebuilt, with_weights


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
        if found is None:
            return None
        y, terms, index = found
        absorbed = absorbing_product(node, y, terms)
        if not isinstance(absorbed, tuple):
            return absorbed
        product, shift = absorbed
        if optional(product, 2) is None and terms.shape == shift.shape:
            inputs = [product.inputs[0], product.inputs[1], node.inputs[index]]
            return Rewrite((rebuilt(product, inputs, {}),))
        return Rewrite((with_weights(product, bias=bias_of(product) + shift),))
