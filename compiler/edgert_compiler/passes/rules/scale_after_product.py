"""Multiplication and division after a product."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import constant_factor
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.products import (
    absorbing_product,
    bias_of,
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
        absorbed = absorbing_product(node, *found) if found is not None else None
        if not isinstance(absorbed, tuple):
            return absorbed
        product, scale = absorbed
        bias = bias_of(product) * scale if optional(product, 2) is not None else None
        return Rewrite((with_weights(product, scale_outputs(product, scale), bias),))
