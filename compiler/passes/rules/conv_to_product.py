"""Conv and ConvTranspose in edgert's form."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert.compiler.passes.fused import DOMAIN
from edgert.compiler.passes.graph import constant, emit, is_float, optional_input
from edgert.compiler.passes.products import activation_attributes


class ConvToProduct(Rule):
    """Convolutions with constant weights get room for residual and activation.

    x ── Conv(W, B)   =>   x ── edgert.Conv{activation=""}(W, B)
    """

    stage = Stage.ABSORB
    ops = frozenset({"Conv", "ConvTranspose"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses weights that are computed."""
        x, weights, bias = node.inputs[0], node.inputs[1], optional_input(node, 2)
        if x is None or not is_float(x):
            return None
        if constant(weights) is None or (bias is not None and constant(bias) is None):
            return Refusal("its weights or its bias are computed while running")
        attributes = {"group": 1, **node.attributes, **activation_attributes("")}
        return Rewrite((emit(f"{DOMAIN}.{node.op_type}", node.inputs, attributes),))
