"""RoiAlign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, number, required, shape_of, string
from edgert_compiler.lowering.arithmetic import Arithmetic
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.sampling import (
    Sampling,
    Taps,
    by_point,
    combined,
    emit_sample,
    output_rows,
    rows,
)
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType, Tensor


class RoiAlign(Lowering):
    """The mean, or the maximum of the weighted pixels, of sampling_ratio² samples in each bin."""

    op_type = "RoiAlign"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        height, width = shape_of(required(node, 0))[2:]
        regions = context.native(required(node, 1))
        samples = integer(node, "sampling_ratio", 0)
        shifted = string(node, "coordinate_transformation_mode", "half_pixel") == "half_pixel"
        bins = _Bins(number(node, "spatial_scale", 1.0), shifted, samples)
        mean = string(node, "mode", "avg").lower() == "avg"
        axes = []
        for axis, (size, attribute) in enumerate(
            ((height, "output_height"), (width, "output_width"))
        ):
            count = integer(node, attribute, 1)
            first, last = (layout.narrow(regions, 1, column, 1) for column in (1 - axis, 3 - axis))
            place = bins.places(first, last, count, context)
            taps = _taps(place, size, 1 / samples if mean else 1.0, context)
            axes.append(_along(taps, axis))
        images = context.native(required(node, 2))
        image = context.reshape(images, (1, 1, images.shape[0], 1, 1))
        start = Arithmetic(context)("mul", image, height * width)
        x, y = rows(required(node, 0), context), output_rows(node.outputs[0], context)
        if mean:
            emit_sample(x, axes, y, context, start)
        else:
            _emit_maximum(x, axes, y, context, start)


@dataclass(frozen=True)
class _Bins:
    """How regions are divided: `shifted` regions are half a pixel to the left, and may be empty."""

    scale: float
    shifted: bool
    samples: int

    def places(self, first: Tensor, last: Tensor, count: int, context: LoweringContext) -> Tensor:
        """Samples [1, samples, R, count] of regions from `first` to `last` [R, 1]."""
        do = Arithmetic(context)
        offset = 0.5 if self.shifted else 0.0
        start, end = (do("sub", do("mul", v, self.scale), offset) for v in (first, last))
        size = do("sub", end, start)
        if not self.shifted:
            size = do("max", size, 1.0)
        inside = (np.arange(self.samples) + 0.5) / self.samples
        steps = inside[None, :, None, None] + np.arange(count)
        positions = context.constant(steps.astype(np.float32))
        return do("add", do("mul", do("mul", size, 1 / count), positions), start)


def _taps(place: Tensor, size: int, share: float, context: LoweringContext) -> Taps:
    """Taps [2, ...] of linear interpolation; places beyond one pixel outside count as 0."""
    do = Arithmetic(context)
    inside = do("and", do("greater_equal", place, -1.0), do("less_equal", place, float(size)))
    taps = Sampling("linear", "border").taps(place, size, context)
    weight = do("where", inside, taps.weight, 0.0)
    return Taps(taps.index, do("mul", weight, share) if share != 1 else weight, size)


def _along(taps: Taps, axis: int) -> Taps:
    """[2, samples, R, count] as [2 * samples, 1, R, OH, 1] or [1, 2 * samples, R, 1, OW]."""

    def spread(tensor: Tensor) -> Tensor:
        each, (regions, count) = tensor.shape[0] * tensor.shape[1], tensor.shape[2:]
        shape = (each, 1, regions, count, 1) if axis == 0 else (1, each, regions, 1, count)
        view = layout.reshape(tensor, shape)
        assert view is not None, "the taps have no gaps"
        return view

    return Taps(spread(taps.index), spread(taps.weight), taps.size)


def _emit_maximum(
    x: Tensor, axes: list[Taps], y: Tensor, context: LoweringContext, start: Tensor
) -> None:
    """Gathers all taps, and reduces them."""
    index, weight = (by_point(t, y.shape[0], context) for t in combined(axes, context, start))
    (points, taps), channels = index.shape, y.shape[1]
    gathered = layout.allocate(DType.F32, (points * taps, channels), (0, 1))
    numbers = context.reshape(index, (index.count,))
    context.emit(
        "gather",
        [layout.prepend_axes(x, 3), numbers],
        [layout.prepend_axes(gathered, 3)],
    )
    pixels = context.reshape(gathered, (points, taps, channels))
    weights = context.reshape(weight, (points, taps, 1))
    weighted = Arithmetic(context)("mul", pixels, weights)
    result = y.view((points, 1, channels), (y.strides[0], channels, y.strides[1]))
    context.emit("reduce_max", [weighted], [result])
