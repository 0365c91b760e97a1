"""Matrix products with a constant operand in edgert's form."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.fused import FUSED_GEMM
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.products import activation_attributes


class MatMulToProduct(Rule):
    """A constant on the right is a weight; on the left it becomes one by transposing everything.

    MatMul(x[..., K], W[K, N])    =>   edgert.Gemm(x, W)
    MatMul(W[M, K], x[..., K, N]) =>   Transpose ── edgert.Gemm(W^T) ── Transpose
    """

    stage = Stage.ABSORB
    ops = frozenset({"MatMul"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses constants that are not matrices."""
        left, right = node.inputs
        if left is None or right is None or not is_float(node.outputs[0]):
            return None
        weights, lhs = array_of(right), array_of(left)
        if weights is None and lhs is None:
            return None
        if weights is not None:
            if weights.ndim != 2 or not dims(left):
                return Refusal("the constant operand is not a matrix")
            return Rewrite((_gemm(left, right),))
        shape = dims(right)
        if lhs is None or lhs.ndim != 2 or shape is None or len(shape) < 2:
            return Refusal("the constant operand is not a matrix")
        rank = len(shape)
        perm = (*range(rank - 2), rank - 1, rank - 2)
        turned = emit("Transpose", [right], {"perm": perm})
        product = emit("MatMul", [turned, new_constant(lhs.T, str(left.name))])
        return Rewrite((emit("Transpose", [product], {"perm": perm}),))


def _gemm(x: ir.Value, weights: ir.Value) -> ir.Value:
    return emit(FUSED_GEMM, [x, weights], activation_attributes(""))
