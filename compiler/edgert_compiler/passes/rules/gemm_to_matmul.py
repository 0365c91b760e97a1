"""Gemm as MatMul, with everything else beside it."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class GemmToMatMul(Rule):
    """Gemm is written out; transposes and factors of constants are computed now.

        Gemm{transB=1, alpha=2}(A, W, C)   =>   Add(MatMul(A, 2 * W^T), C)
        Gemm{transA=1, beta=3}(A, B, C)    =>   Add(MatMul(Transpose(A), B), Mul(C, 3))

    A weight that is only transposed keeps its name if nothing else reads it.
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Gemm"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible."""
        a, b, c = node.inputs[0], node.inputs[1], optional(node, 2)
        dtype = node.outputs[0].dtype
        if a is None or b is None or dtype is None:
            return None
        get = node.attributes
        product = emit(
            "MatMul",
            [_transposed(a, get.get_int("transA", 0)), _transposed(b, get.get_int("transB", 0))],
        )
        result = _scaled(product, get.get_float("alpha", 1.0), dtype)
        beta = get.get_float("beta", 1.0)
        if c is not None and beta != 0:
            result = emit("Add", [result, _scaled(c, beta, dtype)])
        return Rewrite((result,))


def _transposed(value: ir.Value, transpose: int) -> ir.Value:
    array = array_of(value)
    if not transpose:
        return value
    if array is None:
        return emit("Transpose", [value], {"perm": (1, 0)})
    return new_constant(array.T, str(value.name))


def _scaled(value: ir.Value, factor: float, dtype: ir.DataType) -> ir.Value:
    if factor == 1:
        return value
    array, number = array_of(value), np.array(factor, dtype.numpy())
    if array is not None:
        return new_constant(array * number, f"{value.name}_scaled")
    return emit("Mul", [value, new_constant(number, "factor")])
