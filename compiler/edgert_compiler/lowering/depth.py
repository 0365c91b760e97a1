"""Convolutions of three spatial dimensions as convolutions of two.

A volume lies in memory as [N, H, W, D, C]. So what an output sees along the depth is one run of
depth * channels numbers at each pixel, and an output slice is an ordinary convolution of images
whose channels are these runs. Slices with the same taps inside the volume share their weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.graph.spatial import Depth
from edgert_compiler.lowering.layer import Layer, Part
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor

ORDER: layout.Order = (0, 3, 4, 2, 1)
"""(N, H, W, D, C) of an ONNX value (N, C, D, H, W)."""


@dataclass(frozen=True)
class DepthSlice:
    """What output slice `output` sees: `taps[i]` of the kernel lies on input slice `first` + i.

    A slice between two taps has None.
    """

    output: int
    first: int
    taps: tuple[int | None, ...]


def convolution_slices(inputs: int, outputs: int, along: Depth) -> list[DepthSlice]:
    """The slices of a convolution along its depth."""
    result = []
    for out in range(outputs):
        start = out * along.stride - along.begin
        places = {start + tap * along.dilation: tap for tap in range(along.kernel)}
        result.append(_slice(out, places, inputs))
    return result


def transposed_slices(inputs: int, outputs: int, along: Depth) -> list[DepthSlice]:
    """The slices of a transposed convolution: input i, tap k go to i * stride + k * dilation."""
    result = []
    for out in range(outputs):
        start = out + along.begin
        taps = range(along.kernel)
        reached = [(divmod(start - tap * along.dilation, along.stride), tap) for tap in taps]
        result.append(_slice(out, {at: tap for (at, rest), tap in reached if not rest}, inputs))
    return result


def _slice(output: int, places: Mapping[int, int], inputs: int) -> DepthSlice:
    inside = {place: tap for place, tap in places.items() if 0 <= place < inputs}
    if not inside:
        return DepthSlice(output, 0, (None,))
    first, last = min(inside), max(inside)
    return DepthSlice(output, first, tuple(inside.get(i) for i in range(first, last + 1)))


def layer_of_volumes(
    node: ir.Node,
    weights: np.ndarray,
    slices: Callable[[int, int, Depth], list[DepthSlice]],
    parts: Callable[[np.ndarray], Sequence[Part]],
) -> Layer:
    """The layer of a convolution without groups, which rule conv_3d_groups has taken apart.

    weights: [O, I, KD, KH, KW]. slices: `convolution_slices` or `transposed_slices`. parts: those
    of a convolution of images by its weights [O, I', KH, KW]; asked once for each sequence of taps.
    """
    inputs, outputs = shape_of(required(node, 0))[2], shape_of(node.outputs[0])[2]
    seen = slices(inputs, outputs, Depth.of(node, weights.shape[2:]))
    return Layer(node, _slice_parts(seen, weights, parts), 1, ORDER, ORDER, volumes, dense=True)


def _slice_parts(
    slices: Sequence[DepthSlice], weights: np.ndarray, parts: Callable[[np.ndarray], Sequence[Part]]
) -> list[Part]:
    images: dict[tuple[int | None, ...], Sequence[Part]] = {}
    result = []
    for piece in slices:
        if piece.taps not in images:
            images[piece.taps] = parts(_merged(weights, piece.taps))
        result += [_in_volume(part, piece) for part in images[piece.taps]]
    return result


def _merged(weights: np.ndarray, taps: Sequence[int | None]) -> np.ndarray:
    """The kernel's slices at `taps` side by side along the input channels."""
    none = np.zeros_like(weights[:, :, 0])
    return np.concatenate([none if tap is None else weights[:, :, tap] for tap in taps], axis=1)


def _in_volume(part: Part, piece: DepthSlice) -> Part:
    def window(x: Tensor) -> Tensor:
        run = layout.narrow(x, 3, piece.first, len(piece.taps))
        merged = layout.reshape(run, (*x.shape[:3], len(piece.taps) * x.shape[4]))
        assert merged is not None, "the volume has gaps"
        return part.window(layout.canonical(merged))

    def place(y: Tensor) -> Tensor:
        one = layout.narrow(y, 3, piece.output, 1)
        kept = [0, 1, 2, 4]
        return part.place(layout.canonical(layout.transpose(one, kept)))

    return replace(part, window=window, place=place)


def volumes(tensor: Tensor) -> Tensor:
    """ONNX [N, C, D, H, W] as the physical [N, H, W, D, C]."""
    return layout.canonical(layout.transpose(tensor, ORDER))
