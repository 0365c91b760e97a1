"""Images and padding: TFLite has SAME and VALID, everything else is padded explicitly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required, shape_of
from edgert_compiler.graph.spatial import Window
from edgert_compiler.importer.tflite.schema import member
from edgert_compiler.program import layout
from edgert_targets.tflite.compiler.context import Array, Context
from edgert_targets.tflite.compiler.graph import Tensor

Pair = tuple[int, int]


def order_of_images(node: ir.Node) -> layout.Order:
    """Channels-last, of the node's data input."""
    return layout.channels_last(rank_of(required(node, 0)))


def images(context: Context, array: Array) -> Tensor:
    """[N, H, W, C] of a channels-last array of rank 4, or of rank 3 with a height of 1."""
    shape = array.tensor.shape
    if len(shape) == 3:
        return context.reshaped(array.tensor, (shape[0], 1, *shape[1:]))
    return array.tensor


def image_output(target: Tensor, context: Context) -> Tensor:
    """Where an operator that writes [N, H, W, C] writes: `target`, or a tensor of rank 4."""
    if len(target.shape) == 4:
        return target
    return context.like(target, (target.shape[0], 1, *target.shape[1:]))


def stored(product: Tensor, target: Tensor, context: Context) -> None:
    """Moves what was written to `image_output` to the target."""
    if product is not target:
        context.emit("RESHAPE", [product, context.vector(target.shape)], target)


def input_size(node: ir.Node) -> Pair:
    """Height and width of the node's data input."""
    height, width = (1, *shape_of(required(node, 0))[2:])[-2:]
    return height, width


def output_size(node: ir.Node) -> Pair:
    """Height and width of the node's output."""
    height, width = (1, *shape_of(node.outputs[0])[2:])[-2:]
    return height, width


def padding(size: Pair, out: Pair, window: Window) -> str | None:
    """SAME or VALID where that means the window's pads for images of `size`, else None.

    SAME pads as much as the output size ceil(size / stride) needs, the smaller half before.
    """
    same, valid = True, True
    for i in range(2):
        reach = (window.kernel[i] - 1) * window.dilation[i] + 1
        needed = max((out[i] - 1) * window.stride[i] + reach - size[i], 0)
        same &= out[i] == -(-size[i] // window.stride[i]) and window.begin[i] == needed // 2
        valid &= window.begin[i] == 0 and out[i] == (size[i] - reach) // window.stride[i] + 1
    return "VALID" if valid else "SAME" if same else None


def explicit_pads(size: Pair, out: Pair, window: Window) -> list[Pair]:
    """Pads before and after each of height and width, with which VALID gives `out`.

    The end is what the last window reaches, whatever the node says; negative pads crop.
    """
    pads = []
    for i in range(2):
        reach = (window.kernel[i] - 1) * window.dilation[i] + 1
        last = (out[i] - 1) * window.stride[i] + reach
        pads.append((window.begin[i], last - size[i] - window.begin[i]))
    return pads


def padded(x: Tensor, pads: Sequence[Pair], context: Context, value: float | None = None) -> Tensor:
    """[N, H, W, C] with rows and columns added (or, for negative pads, removed).

    value: of float images; None: zero. int8 images are padded with zero, or with the lowest value
    where `value` is not None.
    """
    crop = [(max(-begin, 0), max(-end, 0)) for begin, end in pads]
    if any(map(any, crop)):
        (top, bottom), (left, right) = crop
        n, h, w, c = x.shape
        left_over = (n, h - top - bottom, w - left - right, c)
        cropped = context.like(x, left_over)
        context.emit(
            "SLICE", [x, context.vector((0, top, left, 0)), context.vector(left_over)], cropped
        )
        x = cropped
    grow = [(0, 0), *((max(begin, 0), max(end, 0)) for begin, end in pads), (0, 0)]
    if not any(map(any, grow)):
        return x
    shape = tuple(size + begin + end for size, (begin, end) in zip(x.shape, grow))
    target = context.like(x, shape)
    amounts = context.constant(np.array(grow, np.int32))
    if value is None:
        context.emit("PAD", [x, amounts], target)
    else:
        filler = np.array(-128, np.int8) if x.params else np.array(value, x.dtype)
        context.emit("PADV2", [x, amounts, context.constant(filler, x.params)], target)
    return target


def window_input(
    x: Tensor, node: ir.Node, window: Window, context: Context, value: float | None = None
) -> tuple[Tensor, int]:
    """What a convolution or pool reads, padded where it must be, and its Padding."""
    size, out = (x.shape[1], x.shape[2]), output_size(node)
    found = padding(size, out, window)
    if found is None:
        x = padded(x, explicit_pads(size, out, window), context, value)
        found = "VALID"
    return x, member("Padding", found)
