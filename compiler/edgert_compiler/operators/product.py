"""Base of the products of domain edgert: Conv, ConvTranspose, Gemm."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.types import FLOAT, unsupported_dynamic
from edgert_compiler.operators.base import Operator, QuantizationRole


class Product(Operator):
    """Float x times constant weights, with a constant bias."""

    domain = DOMAIN
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            super().unsupported(node)
            or unsupported_dynamic(node, 1, "the weight")
            or unsupported_dynamic(node, 2, "the bias")
        )

    def role(self, node: ir.Node) -> QuantizationRole:
        return QuantizationRole.COMPUTE

    def weight_input(self, node: ir.Node) -> int | None:
        return 1

    def nonnegative_if(self, node: ir.Node) -> Sequence[ir.Value | None] | None:
        activation = node.attributes.get_string("activation", "")
        if activation == "clip":
            low = node.attributes.get_floats("activation_params", ())[0]
            return () if low >= 0 else None
        return () if activation in ("relu", "sigmoid", "hard_sigmoid") else None
