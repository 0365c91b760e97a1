"""ConvTranspose of domain edgert: with fused bias, residual and activation."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.spatial import unsupported_window
from edgert_compiler.operators.product import Product


class ConvTranspose(Product):
    op_type = "ConvTranspose"

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_window(node, 3)

    def weight_axis(self, node: ir.Node) -> int:
        return 1
