"""Conv of domain edgert: convolution with fused bias, residual and activation."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import array_of, integer, rank_of, required
from edgert_compiler.graph.spatial import Window
from edgert_compiler.lowering import depth
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.convolution import lower_layer
from edgert_compiler.lowering.layer import Layer, Part
from edgert_compiler.program import layout


class Conv(Lowering):
    """Every image lies channels-last; a group per channel becomes the depthwise kernel."""

    op_type = "Conv"
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        weights = array_of(required(node, 1))
        assert weights is not None
        layer = _of_volumes(node, weights) if weights.ndim == 5 else _of_images(node, weights)
        lower_layer(layer, context)


def _of_images(node: ir.Node, weights: np.ndarray) -> Layer:
    window = Window.of(node, weights.shape[2:])
    images = weights.reshape(*weights.shape[:2], *window.kernel)
    order = layout.channels_last(rank_of(required(node, 0)))
    return Layer(
        node,
        (Part(images, window.stride, window.dilation, window.begin),),
        integer(node, "group", 1),
        order,
        order,
        layout.images,
    )


def _of_volumes(node: ir.Node, weights: np.ndarray) -> Layer:
    window = Window.of(node, weights.shape[2:])
    return depth.layer_of_volumes(
        node,
        weights,
        depth.convolution_slices,
        lambda images: [Part(images, window.stride, window.dilation, window.begin)],
    )
