"""Base of the products of domain edgert: Conv, ConvTranspose, Gemm."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.types import unsupported_dynamic, unsupported_type
from edgert_compiler.ops.base import Int8, OpLowering


class Product(OpLowering):
    """Float x times constant weights, with a constant bias; what lowers to a `Layer`."""

    domain = DOMAIN

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            unsupported_type(node, 0)
            or unsupported_dynamic(node, 1, "the weight")
            or unsupported_dynamic(node, 2, "the bias")
        )

    def int8(self, node: ir.Node) -> Int8:
        return Int8.COMPUTE

    def weight_input(self, node: ir.Node) -> int | None:
        return 1
