"""Conv of domain edgert: convolution with fused bias, residual and activation."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.attributes import array_of, integer, rank_of, required
from edgert.compiler.lowering.context import LoweringContext
from edgert.compiler.lowering.convolution import Layer, Part, lower_layer
from edgert.compiler.lowering.spatial import Window, unsupported_window
from edgert.compiler.lowering.types import unsupported_dynamic, unsupported_type
from edgert.compiler.lowering.weights import prescribed_scales
from edgert.compiler.ops.base import Int8, OpLowering
from edgert.compiler.passes.fused import DOMAIN


class Conv(OpLowering):
    """Every image lies channels-last; a group per channel becomes the depthwise kernel."""

    op_type = "Conv"
    domain = DOMAIN

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            unsupported_type(node, 0)
            or unsupported_window(node)
            or unsupported_dynamic(node, 1, "the weight")
            or unsupported_dynamic(node, 2, "the bias")
        )

    def int8(self, node: ir.Node) -> Int8:
        return Int8.COMPUTE

    def weight_input(self, node: ir.Node) -> int | None:
        return 1

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
                prescribed_scales(node, context.plan, weights.shape[0]),
            ),
            context,
        )
