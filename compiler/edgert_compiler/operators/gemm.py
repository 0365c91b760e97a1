"""Gemm of domain edgert: product with a constant matrix."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.operators.product import Product


class Gemm(Product):
    """Y [..., N] = activation(A [..., K] W [K, N] + B + residual)"""

    op_type = "Gemm"

    def weight_axis(self, node: ir.Node) -> int:
        return 1
