"""Resampling at places that are computed at run time: GridSample, RoiAlign.

Along each axis a place is a few *taps*, positions with weights. A point has every combination of
the taps of its axes; kernel `sample` adds up what they name. Whatever the places are, NaN and
infinity included, positions are inside of the image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of
from edgert_compiler.lowering.arithmetic import Arithmetic
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor

CUBIC_COEFFICIENT = -0.75


@dataclass(frozen=True, eq=False)
class Taps:
    """Positions along one axis of `size` pixels (int64, in range) and their weights (f32).

    Both are [taps, ...]: the many points come last, so that arithmetic runs along them.
    """

    index: Tensor
    weight: Tensor
    size: int


@dataclass(frozen=True)
class Sampling:
    """Interpolation ("nearest", "linear", "cubic") and what lies outside: `padding` is "zeros",
    "border" or "reflection", which mirrors at `edge` pixels before the first and behind the last.
    """

    mode: str
    padding: str
    edge: float = 0.0

    def taps(self, place: Tensor, size: int, context: LoweringContext) -> Taps:
        """The taps of places [1, ...], in pixels, along an axis of `size`."""
        do = Arithmetic(context)
        if self.mode == "nearest":
            place = do("round", place)
        if self.padding == "border":
            # Cubic taps go on to change until none of them is inside: PyTorch's definition.
            beyond = 3.0 if self.mode == "cubic" else 0.0
            place = do("clip", place, immediates=(-beyond, size - 1.0 + beyond))
        if self.padding == "reflection":
            place = self._reflected(place, size, do)
        position, weight = self._neighbours(place, context)
        if self.padding == "zeros":
            inside = do(
                "and", do("greater_equal", position, 0.0), do("less_equal", position, size - 1.0)
            )
            weight = do("where", inside, weight, 0.0)
        if self.padding == "reflection":
            position = self._reflected(position, size, do)
        return Taps(index_of(position, size, context), weight, size)

    def _neighbours(self, place: Tensor, context: LoweringContext) -> tuple[Tensor, Tensor]:
        """Positions and weights; Keys' cubic convolution has the coefficient -0.75."""
        do = Arithmetic(context)
        if self.mode == "nearest":
            return place, context.constant(np.ones((1,) * len(place.shape), np.float32))
        steps = (0, 1) if self.mode == "linear" else (-1, 0, 1, 2)
        shape = (len(steps), *(1 for _ in place.shape[1:]))
        offsets = context.constant(np.array(steps, np.float32).reshape(shape))
        position = do("add", do("floor", place), offsets)
        distance = do("abs", do("sub", place, position))
        if self.mode == "linear":
            return position, do("sub", 1.0, distance)
        a = CUBIC_COEFFICIENT
        square = do("mul", distance, distance)
        near = do("sub", do("mul", distance, a + 2), a + 3)
        near = do("add", do("mul", near, square), 1.0)
        far = do("add", do("mul", do("sub", do("mul", distance, a), 5 * a), distance), 8 * a)
        far = do("sub", do("mul", far, distance), 4 * a)
        return position, do("where", do("less_equal", distance, 1.0), near, far)

    def _reflected(self, place: Tensor, size: int, do: Arithmetic) -> Tensor:
        """Mirrored until it is in [-edge, size - 1 + edge], as |period / 2 - distance|."""
        length = size - 1 + 2 * self.edge
        if length == 0:
            return do("mul", place, 0.0)
        from_edge = do("abs", do("add", place, self.edge))
        folded = do("abs", do("sub", do("fmod", from_edge, 2 * length), length))
        return do("sub", length - self.edge, folded)


def index_of(position: Tensor, size: int, context: LoweringContext) -> Tensor:
    """Whole positions as int64 in [0, size)."""
    do = Arithmetic(context)
    return do.integer(do("clip", position, immediates=(0.0, size - 1.0)))


def combined(
    axes: Sequence[Taps], context: LoweringContext, start: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Row numbers and weights of all combinations of taps, outermost axis first.

    The taps broadcast against each other. `start`: added to the row numbers.
    """
    do = Arithmetic(context)
    index, weight = start, None
    for number, axis in enumerate(axes):
        stride = math.prod(other.size for other in axes[number + 1 :])
        step = axis.index if stride == 1 else do("mul", axis.index, stride)
        index = step if index is None else do("add", index, step)
        weight = axis.weight if weight is None else do("mul", weight, axis.weight)
    assert index is not None
    assert weight is not None
    return index, layout.broadcast(weight, index.shape)


def by_point(tensor: Tensor, points: int, context: LoweringContext) -> Tensor:
    """[taps..., points...] as [points, taps]."""
    flat = context.reshape(tensor, (tensor.count // max(points, 1), points))
    return layout.canonical(layout.transpose(flat, (1, 0)))


def emit_sample(
    x: Tensor, axes: Sequence[Taps], y: Tensor, context: LoweringContext, start: Tensor | None
) -> None:
    """Writes the rows of y, whose points have the taps of `axes` in all combinations."""
    operands = [by_point(t, y.shape[0], context) for t in combined(axes, context, start)]
    context.emit("sample", [x, *operands], [y])


def rows(value: ir.Value, context: LoweringContext) -> Tensor:
    """An image [N, C, spatial...] as the rows [N * pixels, C]."""
    order = layout.channels_last(rank_of(value))
    x = context.dense(context.native(value, order), order)
    return _as_rows(x, order)


def output_rows(value: ir.Value, context: LoweringContext) -> Tensor:
    """Allocates an output [N, C, spatial...]; its rows."""
    order = layout.channels_last(rank_of(value))
    return _as_rows(context.output(value, order), order)


def _as_rows(x: Tensor, order: layout.Order) -> Tensor:
    channels = x.shape[1]
    view = layout.reshape(layout.transpose(x, order), (x.count // max(channels, 1), channels))
    assert view is not None, "the image has no gaps"
    return layout.canonical(view)
