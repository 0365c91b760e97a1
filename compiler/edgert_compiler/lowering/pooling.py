"""Pools: max_pool2d and average_pool2d over channels-last images."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required, shape_of
from edgert_compiler.graph.spatial import Window
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.elementwise_call import quantum_limits
from edgert_compiler.program.ir import Tensor


def whole_image(node: ir.Node) -> Window:
    """The window of a global pool."""
    height, width = (1, *shape_of(required(node, 0))[2:])[-2:]
    return Window((height, width), (1, 1), (1, 1), (0, 0), (0, 0))


def lower_max_pool(node: ir.Node, window: Window, context: LoweringContext) -> None:
    """Emits max_pool2d in the type of the input."""
    order = layout.channels_last(rank_of(required(node, 0)))
    x = context.operand(node, 0, order)
    y = context.output_like(node.outputs[0], x, order)
    context.emit("max_pool2d", [layout.images(x)], [layout.images(y)], window.params)


def lower_average_pool(
    node: ir.Node, window: Window, context: LoweringContext, *, count_include_pad: bool = False
) -> None:
    """Emits average_pool2d; in int8 the output has parameters of its own."""
    value = node.outputs[0]
    order = layout.channels_last(rank_of(required(node, 0)))
    x = context.operand(node, 0, order)
    # The node may drop the axes that it averages over (a reduction without keepdims).
    shape = (*x.shape[:2], *_spatial(value, x))
    quantization = context.params(value) if x.quantization else None
    y = layout.allocate(x.dtype, shape, order, value.name or "", quantization)
    context.emit(
        "average_pool2d",
        [layout.images(x)],
        [layout.images(y)],
        {
            **window.params,
            "count_include_pad": int(count_include_pad),
            "pad_bottom": window.end[0],
            "pad_right": window.end[1],
            **_requantization(x, y),
        },
    )
    context.bind(value, context.reshape(y, shape_of(value)))


def _spatial(value: ir.Value, x: Tensor) -> tuple[int, ...]:
    shape = shape_of(value)
    return shape[2:] if len(shape) == len(x.shape) else (1,) * (len(x.shape) - 2)


def _requantization(x: Tensor, y: Tensor) -> dict[str, int | float]:
    if x.quantization is None or y.quantization is None:
        return {
            "x_zero_point": 0,
            "y_zero_point": 0,
            "scale": 1.0,
            "act_min": -math.inf,
            "act_max": math.inf,
        }
    return {
        "x_zero_point": x.quantization.zero_point,
        "y_zero_point": y.quantization.zero_point,
        "scale": x.quantization.scale / y.quantization.scale,
        **quantum_limits(y.dtype, y.quantization.zero_point),
    }
