"""Resize."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.interpolation import Axis, Mode, outside, table
from edgert_compiler.graph.nodes import array_of, optional, rank_of, required
from edgert_compiler.graph.resampling import axes_of, mode_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class Resize(MilOp):
    """With the MIL operation whose documented sampling grid is that of the node.

    Nearest neighbours are repeated or, where no integer factor fits, gathered.
    """

    op_type = "Resize"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        if rank_of(required(node, 0)) not in (3, 4):
            return (
                f"has {rank_of(required(node, 0)) - 2} spatial dimensions; Core ML resizes 1 and 2"
            )
        for index in (1, 2, 3):
            value = optional(node, index)
            if value is not None and array_of(value) is None:
                return "its scales or sizes are not constant"
        (batch, channels, *spatial), mode = axes_of(node), mode_of(node)
        if any(axis.inputs != axis.outputs for axis in (batch, channels)):
            return "resizes the batch or the channels"
        if any(outside(axis, mode).any() for axis in spatial):
            return "its region of interest reaches beyond the image"
        if mode.interpolation == "nearest" or _sampling_mode(spatial, mode) is not None:
            return None
        return (
            f"mode {mode.interpolation} with coordinates {mode.coordinates}"
            f"{' and antialias' * mode.antialias} has no counterpart in MIL"
        )

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x, output = context.input(node, 0), node.outputs[0]
        spatial, mode = axes_of(node)[-2:], mode_of(node)
        sequence = rank_of(required(node, 0)) == 3
        if sequence:
            x = context.make("expand_dims", x=x, axes=(2,))
        resize = _nearest if mode.interpolation == "nearest" else _bilinear
        x = resize(context, x, spatial, mode)
        if sequence:
            context.emit(output, "squeeze", x=x, axes=(2,))
        else:
            context.bind(output, x)


def _bilinear(context: MilContext, x: object, spatial: Sequence[Axis], mode: Mode) -> object:
    return context.make(
        "resize_bilinear",
        x=x,
        target_size_height=spatial[0].outputs,
        target_size_width=spatial[1].outputs,
        sampling_mode=_sampling_mode(spatial, mode),
    )


def _nearest(context: MilContext, x: object, spatial: Sequence[Axis], mode: Mode) -> object:
    indices = [table(axis, mode).index[:, 0] for axis in spatial]
    factors = [axis.outputs // axis.inputs for axis in spatial]
    repeated = [np.repeat(np.arange(a.inputs), f) for a, f in zip(spatial, factors)]
    if all(np.array_equal(*pair) for pair in zip(indices, repeated)):
        return context.make(
            "upsample_nearest_neighbor",
            x=x,
            scale_factor_height=factors[0],
            scale_factor_width=factors[1],
        )
    for axis, index in zip((2, 3), indices):
        if not np.array_equal(index, np.arange(spatial[axis - 2].inputs)):
            x = context.make("gather", x=x, indices=index, axis=axis)
    return x


def _sampling_mode(spatial: Sequence[Axis], mode: Mode) -> str | None:
    """The mode of MIL's resize_bilinear that mixes the same pixels with the same weights."""
    if mode.interpolation != "linear":
        return None
    for name, grid in _GRIDS.items():
        if all(
            np.allclose(_onnx_matrix(a, mode), _mil_matrix(a, grid), atol=1e-5) for a in spatial
        ):
            return name
    return None


def _onnx_matrix(axis: Axis, mode: Mode) -> np.ndarray:
    """[outputs, inputs]: what each output position mixes."""
    taps = table(axis, mode)
    matrix = np.zeros((axis.outputs, axis.inputs))
    np.add.at(matrix, (np.arange(axis.outputs)[:, None], taps.index), taps.weight)
    return matrix


def _mil_matrix(axis: Axis, grid: Callable[[int, int], np.ndarray]) -> np.ndarray:
    position = np.clip(grid(axis.inputs, axis.outputs), 0, axis.inputs - 1)
    distance = np.abs(position[:, None] - np.arange(axis.inputs))
    return np.maximum(0.0, 1.0 - distance)


def _spaced(first: float, spacing: float, count: int) -> np.ndarray:
    return first + spacing * np.arange(count)


# By sampling mode, the grid points of (inputs, outputs), from coremltools' documentation of
# resize_bilinear. ALIGN_CORNERS differs from STRICT_ALIGN_CORNERS for one output only.
_GRIDS: dict[str, Callable[[int, int], np.ndarray]] = {
    "UNALIGN_CORNERS": lambda n, m: _spaced(0.5 * n / m - 0.5, n / m, m),
    "STRICT_ALIGN_CORNERS": lambda n, m: _spaced(0.0, (n - 1) / max(1, m - 1), m),
    "DEFAULT": lambda n, m: _spaced(0.0, n / m, m),
    "ALIGN_CORNERS": lambda n, m: _spaced((n - 1) / 2 * (m == 1), (n - 1) / max(1, m - 1), m),
    "OFFSET_CORNERS": lambda n, m: _spaced(0.5 * max(1, n - 1) / m, max(1, n - 1) / m, m),
}
