"""onnxruntime's normalization of a residual sum."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import op_id
from edgert_compiler.graph.nodes import is_read, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class SkipLayerNormalization(Rule):
    """The sum is the fourth output; statistics are not.

    com.microsoft.SkipLayerNormalization(x, skip, gamma, beta, bias)
        =>   s = Add(Add(x, bias), skip),  LayerNormalization(s, gamma, beta)
    com.microsoft.SkipSimplifiedLayerNormalization(x, skip, gamma, bias)
        =>   s = Add(Add(x, bias), skip),  RMSNormalization(s, gamma)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({f"com.microsoft.Skip{kind}LayerNormalization" for kind in ("", "Simplified")})

    def apply(self, node: ir.Node) -> Rewrite | Refusal:
        """Refused where the mean or the variance is read."""
        if any(is_read(value) for value in node.outputs[1:3]):
            return Refusal("its statistics are read")
        x, skip, gamma = node.inputs[:3]
        simplified = "Simplified" in op_id(node)
        bias = optional(node, 3 if simplified else 4)
        if bias is not None:
            x = emit("Add", [x, bias])
        total = emit("Add", [x, skip])
        attributes = {"epsilon": node.attributes.get_float("epsilon", 1e-5), "axis": -1}
        if simplified:
            y = emit("RMSNormalization", [total, gamma], attributes)
        else:
            beta = optional(node, 3)
            operands = [total, gamma] if beta is None else [total, gamma, beta]
            y = emit("LayerNormalization", operands, attributes)
        return Rewrite((y, None, None, total)[: len(node.outputs)])
