"""onnxruntime's matrix products of a float operand and quantized weights."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.linear import Linear, dequantized
from edgert_compiler.graph.matching import dims, op_id
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class ContribMatMul(Rule):
    """Fused forms of dynamic quantization: a product of real numbers, and a bias.

    com.microsoft.MatMulIntegerToFloat(a, b, as, bs, az, bz, bias)
        =>   Add(MatMul(DQ(a, as, az), DQ(b, bs, bz)), bias)
    com.microsoft.DynamicQuantizeMatMul(a, b, bs, bz, bias)
        =>   Add(MatMul(a, DQ(b, bs, bz)), bias)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"com.microsoft.MatMulIntegerToFloat", "com.microsoft.DynamicQuantizeMatMul"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Once the types of the scales are known."""
        dynamic = op_id(node).endswith("DynamicQuantizeMatMul")
        a, b = node.inputs[0], node.inputs[1]
        indices = {"b": (2, 3)} if dynamic else {"a": (2, 4), "b": (3, 5)}
        params = {name: Linear.of(node, *pair) for name, pair in indices.items()}
        if b is None or not dims(b) or any(linear is None for linear in params.values()):
            return None
        left = a if dynamic else dequantized(a, params["a"], axis=-1)  # type: ignore[arg-type]
        y = emit("MatMul", [left, dequantized(b, params["b"], axis=-1)])  # type: ignore[arg-type]
        bias = optional(node, 4 if dynamic else 6)
        return Rewrite((y if bias is None else emit("Add", [y, bias]),))
