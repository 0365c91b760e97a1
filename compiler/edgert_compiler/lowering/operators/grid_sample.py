"""GridSample."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, required, shape_of, string
from edgert_compiler.lowering.arithmetic import Arithmetic
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.sampling import Sampling, Taps, emit_sample, output_rows, rows
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class GridSample(Lowering):
    """Of any number of spatial dimensions; the grid names them from the last to the first."""

    op_type = "GridSample"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        batch, _, *sizes = shape_of(required(node, 0))
        x = rows(required(node, 0), context)
        y = output_rows(node.outputs[0], context)
        rank = len(sizes)
        points = y.shape[0] // max(batch, 1)
        grid = context.reshape(context.native(required(node, 1)), (batch, points, rank))
        corners = bool(integer(node, "align_corners", 0))
        sampling = Sampling(
            string(node, "mode", "linear"),
            string(node, "padding_mode", "zeros"),
            0.0 if corners else 0.5,
        )
        axes = []
        for axis, size in enumerate(sizes):
            column = layout.narrow(grid, 2, rank - 1 - axis, 1)
            normalized = layout.transpose(column, (2, 0, 1))
            place = _pixels(normalized, size, corners, Arithmetic(context))
            axes.append(_along(sampling.taps(place, size, context), axis, rank))
        emit_sample(x, axes, y, context, _first_rows(batch, sizes, context))


def _along(taps: Taps, axis: int, rank: int) -> Taps:
    """Taps [taps, N, points] along axis `axis` of `rank`: [1, taps, 1, N, points]."""

    def spread(tensor: Tensor) -> Tensor:
        each = (tensor.shape[0] if a == axis else 1 for a in range(rank))
        view = layout.reshape(tensor, (*each, *tensor.shape[1:]))
        assert view is not None, "the taps have no gaps"
        return view

    return Taps(spread(taps.index), spread(taps.weight), taps.size)


def _pixels(normalized: Tensor, size: int, corners: bool, do: Arithmetic) -> Tensor:
    """From [-1, 1] to pixels: the centers of the first and last, or their outer edges."""
    shifted = do("add", normalized, 1.0)
    if corners:
        return do("mul", shifted, (size - 1) / 2)
    return do("mul", do("sub", do("mul", shifted, size), 1.0), 0.5)


def _first_rows(batch: int, sizes: Sequence[int], context: LoweringContext) -> Tensor | None:
    """The number of each image's first row."""
    if batch == 1:
        return None
    starts = np.arange(batch, dtype=np.int64) * math.prod(sizes)
    return context.constant(starts.reshape(*(1 for _ in sizes), batch, 1))
