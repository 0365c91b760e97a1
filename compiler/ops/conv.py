"""Conv of domain edgert: convolution with fused bias, residual and activation."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.attributes import array_of, integer, rank_of, required
from edgert.compiler.lowering.context import LoweringContext
from edgert.compiler.lowering.convolution import lower_layer
from edgert.compiler.lowering.layer import Layer, Part
from edgert.compiler.lowering.product import Product
from edgert.compiler.lowering.spatial import Window, unsupported_window


class Conv(Product):
    """Every image lies channels-last; a group per channel becomes the depthwise kernel."""

    op_type = "Conv"

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_window(node)

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        weights = array_of(required(node, 1))
        assert weights is not None
        window = Window.of(node, weights.shape[2:])
        images = weights.reshape(*weights.shape[:2], *window.kernel)
        order = layout.channels_last(rank_of(required(node, 0)))
        lower_layer(
            Layer(
                node,
                (Part(images, window.stride, window.dilation, window.begin),),
                integer(node, "group", 1),
                order,
                order,
                layout.images,
            ),
            context,
        )
