"""Conv and ConvTranspose in edgert's form."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.matching import is_float
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.products import activation_attributes


class ConvToProduct(Rule):
    """Convolutions with constant weights get room for residual and activation.

    x ── Conv(W, B)   =>   x ── edgert.Conv{activation=""}(W, B)
    """

    stage = Stage.ABSORB
    ops = frozenset({"Conv", "ConvTranspose"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses weights that are computed."""
        x, weights, bias = node.inputs[0], node.inputs[1], optional(node, 2)
        if x is None or not is_float(x):
            return None
        if array_of(weights) is None or (bias is not None and array_of(bias) is None):
            return Refusal("its weights or its bias are computed while running")
        attributes = {"group": 1, **node.attributes, **activation_attributes("")}
        return Rewrite((emit(f"{DOMAIN}.{node.op_type}", node.inputs, attributes),))
