"""ConvTranspose of domain edgert: one ordinary convolution for each phase of the stride."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.nodes import array_of, integer, rank_of, required, shape_of
from edgert_compiler.graph.spatial import Window
from edgert_compiler.lowering import depth
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.convolution import lower_layer
from edgert_compiler.lowering.layer import Layer, Part
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class ConvTranspose(Lowering):
    """Output rows oy of equal (oy + pad) mod stride see the same kernel rows.

    So they are an ordinary convolution with those rows, written to every stride-th row of y; no
    scattered additions and no zeros inserted into x. Columns likewise.
    """

    op_type = "ConvTranspose"
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        weights = array_of(required(node, 1))
        assert weights is not None
        layer = _of_volumes(node, weights) if weights.ndim == 5 else _of_images(node, weights)
        lower_layer(layer, context)


def _of_images(node: ir.Node, array: np.ndarray) -> Layer:
    window = Window.of(node, array.shape[2:])
    groups = integer(node, "group", 1)
    weights = ordinary_weights(array.reshape(*array.shape[:2], *window.kernel), groups)
    order = layout.channels_last(rank_of(required(node, 0)))
    return Layer(node, _parts(node, window, weights), groups, order, order, layout.images)


def _of_volumes(node: ir.Node, array: np.ndarray) -> Layer:
    window = Window.of(node, array.shape[2:])
    return depth.layer_of_volumes(
        node,
        ordinary_weights(array, 1),
        depth.transposed_slices,
        lambda images: _parts(node, window, images),
    )


def _parts(node: ir.Node, window: Window, weights: np.ndarray) -> list[Part]:
    """One for each pair of phases, of rows and of columns."""
    inputs = (1, *shape_of(required(node, 0))[2:])[-2:]
    outputs = (1, *shape_of(node.outputs[0])[2:])[-2:]
    return [
        _part(weights, rows, columns)
        for rows in phases(window, 0, inputs[0], outputs[0])
        for columns in phases(window, 1, inputs[1], outputs[1])
    ]


@dataclass(frozen=True)
class Phase:
    """One of `stride` ordinary one-dimensional convolutions.

    Output elements first, first + stride, ... (`count`); kernel elements `taps` in the order in
    which the convolution applies them; `skip` input elements that it does not see.
    """

    first: int
    count: int
    stride: int
    taps: tuple[int, ...]
    dilation: int
    pad: int
    skip: int


def phases(window: Window, axis: int, inputs: int, outputs: int) -> list[Phase]:
    """The phases along one axis, from `inputs` to `outputs` elements."""
    stride, dilation = window.stride[axis], window.dilation[axis]
    result = []
    for first in range(min(stride, outputs)):
        origin = first + window.begin[axis]
        taps = tuple(
            tap for tap in range(window.kernel[axis]) if (origin - tap * dilation) % stride == 0
        )
        # Kernel element k of output `first` reads input (origin - k * dilation) / stride.
        start = (origin - taps[-1] * dilation) // stride if taps else 0
        if start >= inputs:
            taps, start = (), 0
        count = -(-(outputs - first) // stride)
        step = dilation // math.gcd(dilation, stride)
        result.append(Phase(first, count, stride, taps[::-1], step, max(-start, 0), max(start, 0)))
    return result


def ordinary_weights(weights: np.ndarray, groups: int) -> np.ndarray:
    """Weights [I, O/groups, kernel...] as those of a convolution: [O, I/groups, kernel...]."""
    inputs, outputs, *kernel = weights.shape
    split = weights.reshape(groups, inputs // groups, outputs, *kernel)
    return split.swapaxes(1, 2).reshape(groups * outputs, -1, *kernel)


def _part(weights: np.ndarray, rows: Phase, columns: Phase) -> Part:
    def window(x: Tensor) -> Tensor:
        below = layout.narrow(x, 1, rows.skip, x.shape[1] - rows.skip)
        return layout.narrow(below, 2, columns.skip, x.shape[2] - columns.skip)

    def place(y: Tensor) -> Tensor:
        tall = layout.narrow(y, 1, rows.first, rows.count, rows.stride)
        return layout.narrow(tall, 2, columns.first, columns.count, columns.stride)

    return Part(
        _select(_select(weights, 2, rows.taps), 3, columns.taps),
        dilation=(rows.dilation, columns.dilation),
        pad=(rows.pad, columns.pad),
        window=window,
        place=place,
    )


def _select(weights: np.ndarray, axis: int, taps: tuple[int, ...]) -> np.ndarray:
    """The kernel elements `taps`; a phase that has none sees one of weight zero."""
    if taps:
        return np.take(weights, taps, axis)
    return np.zeros_like(np.take(weights, (0,), axis))
