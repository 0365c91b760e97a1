"""Conv of domain edgert: convolution with fused bias, residual and activation."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, required, shape_of
from edgert_compiler.graph.spatial import unsupported_window
from edgert_compiler.operators.product import Product


class Conv(Product):
    op_type = "Conv"

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or _mismatch(node) or unsupported_window(node, 3)


def _mismatch(node: ir.Node) -> str | None:
    """Shape inference believes what a model says of its weights."""
    channels, groups = shape_of(required(node, 0))[1], integer(node, "group", 1)
    outputs, inputs = shape_of(required(node, 1))[:2]
    if inputs * groups != channels or outputs % groups:
        weights = list(shape_of(required(node, 1)))
        return f"its weights {weights} do not fit {channels} channels in {groups} groups"
    return None
