"""DeformConv as sampling and a matrix product."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integers, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class DeformConv(Rule):
    """Every tap of the kernel samples the image where its offset says.

    DeformConv(x[N, C, H, W], w, offset, b, mask)
        =>   taps = GridSample(x, kernel positions + offset) * mask      [N, C, H' * W', K]
             y = MatMul(taps as [N, H' * W', K * C], w) + b
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"DeformConv"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """For images; other numbers of dimensions are refused."""
        shapes = [dims(v) if v is not None else None for v in (*node.inputs[:3], *node.outputs)]
        if any(shape is None for shape in shapes):
            return None
        size, weights, _, result = (shape or () for shape in shapes)
        if len(size) != 4:
            return Refusal("it has other than two spatial dimensions")
        window = _Window.of(node, size, weights[2:], result)
        taps = _sampled(node, window)
        product = _product(node, window, taps)
        bias = optional(node, 3)
        total = product if bias is None else emit("Add", [product, bias])
        make = Composer(node)
        image = make.reshape(total, (window.batch, *result[2:], result[1]))
        return Rewrite((make.transpose(image, 0, 3, 1, 2),))


@dataclass(frozen=True)
class _Window:
    """Sizes and the kernel's positions; `offsets` and `groups` divide the channels."""

    batch: int
    channels: int
    size: tuple[int, ...]
    kernel: tuple[int, ...]
    output: tuple[int, ...]
    outputs: int
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    begin: tuple[int, ...]
    groups: int
    offsets: int

    @classmethod
    def of(
        cls, node: ir.Node, x: tuple[int, ...], kernel: tuple[int, ...], y: tuple[int, ...]
    ) -> _Window:
        return cls(
            x[0],
            x[1],
            x[2:],
            kernel,
            y[2:],
            y[1],
            integers(node, "strides", (1, 1)),
            integers(node, "dilations", (1, 1)),
            integers(node, "pads", (0, 0, 0, 0))[:2],
            int(node.attributes.get_int("group", 1)),
            int(node.attributes.get_int("offset_group", 1)),
        )

    @property
    def taps(self) -> int:
        """Of the kernel."""
        return math.prod(self.kernel)

    @property
    def points(self) -> int:
        """Of the output."""
        return math.prod(self.output)

    def positions(self, axis: int) -> np.ndarray:
        """[KH, KW, OH, OW]: where a tap lies without offset, in pixels."""
        taps = np.arange(self.kernel[axis]) * self.dilation[axis]
        outputs = np.arange(self.output[axis]) * self.stride[axis] - self.begin[axis]
        places = taps[:, None] + outputs
        shape = [1, 1, 1, 1]
        shape[axis], shape[2 + axis] = places.shape
        return np.broadcast_to(places.reshape(shape), (*self.kernel, *self.output))


def _sampled(node: ir.Node, window: _Window) -> ir.Value:
    """The taps [N * offsets, C / offsets, K, OH * OW], masked."""
    make = Composer(node)
    x, offset = node.inputs[0], node.inputs[2]
    assert x is not None
    assert offset is not None
    images, channels = window.batch * window.offsets, window.channels // window.offsets
    area = (window.taps, window.points)
    split = make.reshape(x, (images, channels, *window.size))
    moves = make.reshape(offset, (images, window.taps, 2, window.points))
    axes = []
    # GridSample takes x before y, in units where -1 and 1 are the outer edges of the image.
    for axis in (1, 0):
        at = window.positions(axis).reshape(1, window.taps, 1, window.points).astype(np.float32)
        place = emit("Add", [make.slice(moves, 2, axis, axis + 1), make.constant(at, "positions")])
        extent = window.size[axis]
        centers = make.float32("Mul", place, 2 / extent)
        axes.append(make.float32("Add", centers, 1 / extent - 1))
    grid = make.transpose(emit("Concat", axes, {"axis": 2}), 0, 1, 3, 2)
    attributes: dict[str, object] = {"mode": "linear", "padding_mode": "zeros", "align_corners": 0}
    sampled = emit("GridSample", [split, grid], attributes)
    mask = optional(node, 4)
    if mask is None:
        return sampled
    return emit("Mul", [sampled, make.reshape(mask, (images, 1, *area))])


def _product(node: ir.Node, window: _Window, taps: ir.Value) -> ir.Value:
    """[N, points, outputs]: for each group its channels times its weights."""
    make = Composer(node)
    weights = node.inputs[1]
    assert weights is not None
    inputs, outputs = window.channels // window.groups, window.outputs // window.groups
    whole = make.reshape(taps, (window.batch, window.channels, window.taps, window.points))
    parts = []
    for group in range(window.groups):
        own = make.slice(weights, 0, group * outputs, (group + 1) * outputs)
        matrix = make.transpose(own, 2, 3, 1, 0)
        right = make.reshape(matrix, (window.taps * inputs, outputs))
        seen = make.slice(whole, 1, group * inputs, (group + 1) * inputs)
        columns = make.transpose(seen, 0, 3, 2, 1)
        left = make.reshape(columns, (window.batch, window.points, window.taps * inputs))
        parts.append(emit("MatMul", [left, right]))
    return parts[0] if len(parts) == 1 else emit("Concat", parts, {"axis": 2})
