"""Matrix products of integers in Q/DQ form."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.linear import Linear, bias, dequantized, quantized
from edgert_compiler.graph.matching import dims, op_id
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class QLinearMatMul(Rule):
    """A product of integers is one of the real numbers they stand for.

    QLinearMatMul(a, as, az, b, bs, bz, ys, yz)
        =>   QuantizeLinear(MatMul(DQ(a, as, az), DQ(b, bs, bz)), ys, yz)
    com.microsoft.QGemm(a, as, az, b, bs, bz, C, ys, yz)
        =>   QuantizeLinear(Gemm(DQ(a, as, az), DQ(b, bs, bz), DQ(C, as * bs)), ys, yz)

    QGemm without ys gives real numbers.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"QLinearMatMul", "com.microsoft.QGemm"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses scales with more than one axis, and of the rows of the first operand."""
        a, b = Linear.of(node, 1), Linear.of(node, 4)
        if a is None or b is None or node.inputs[3] is None:
            return None
        if dims(a.scale) != () or len(dims(b.scale) or ()) > 1:
            return Refusal(
                "a scale is neither of a tensor nor of the columns of the second operand"
            )
        gemm = op_id(node) == "com.microsoft.QGemm"
        y = Linear.of(node, 7 if gemm else 6)
        if y is None and (not gemm or optional(node, 7) is not None):
            return None
        columns = 0 if node.attributes.get_int("transB", 0) == 1 else -1
        operands: list[ir.Value | None] = [
            dequantized(node.inputs[0], a),
            dequantized(node.inputs[3], b, columns),
        ]
        if gemm:
            operands.append(bias(optional(node, 6), a, b))
        product = emit("Gemm" if gemm else "MatMul", operands, dict(node.attributes))
        return Rewrite((product if y is None else quantized(product, y, node.inputs[0]),))
