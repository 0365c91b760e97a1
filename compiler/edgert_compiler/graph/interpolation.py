"""Tables of resampling: for each output position, which inputs it mixes and with which weights.

All formulas are those of the ONNX operator Resize.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Axis:
    """One resized axis: sizes, the scale that the coordinates use, and the region of interest."""

    inputs: int
    outputs: int
    scale: float
    roi: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Mode:
    """The attributes of Resize that say how."""

    interpolation: str = "nearest"
    coordinates: str = "half_pixel"
    nearest: str = "round_prefer_floor"
    cubic_coefficient: float = -0.75
    exclude_outside: bool = False
    antialias: bool = False


@dataclass(frozen=True, eq=False)
class Table:
    """`index` s32 and `weight` f32, both [outputs, taps]; unused taps have weight 0."""

    index: np.ndarray
    weight: np.ndarray

    @property
    def identity(self) -> bool:
        """Whether every output is the input at its own place."""
        here = self.index == np.arange(len(self.index))[:, None]
        share = np.where(here, self.weight, 0).sum(axis=1)
        return bool((share == 1).all() and not np.where(here, 0, self.weight).any())


def table(axis: Axis, mode: Mode) -> Table:
    """The taps of one axis."""
    positions = _coordinates(axis, mode.coordinates)
    if mode.interpolation == "nearest":
        index = _NEAREST[mode.nearest](positions).astype(np.int64)
        return Table(_clamped(index[:, None], axis), np.ones((axis.outputs, 1), np.float32))
    stretch = max(1.0, 1.0 / axis.scale) if mode.antialias else 1.0
    kernel, reach = _kernel(mode)
    first = np.floor(positions - reach * stretch).astype(np.int64) + 1
    taps = int(2 * np.ceil(reach * stretch))
    index = first[:, None] + np.arange(taps)
    weight = kernel((positions[:, None] - index) / stretch)
    if mode.exclude_outside:
        weight = np.where((index >= 0) & (index < axis.inputs), weight, 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    return Table(_clamped(index, axis), weight.astype(np.float32))


def outside(axis: Axis, mode: Mode) -> np.ndarray:
    """Which output positions lie outside of the input, where the coordinates can."""
    if mode.coordinates != "tf_crop_and_resize":
        return np.zeros(axis.outputs, bool)
    positions = _coordinates(axis, mode.coordinates)
    return (positions < 0) | (positions > axis.inputs - 1)


def _coordinates(axis: Axis, name: str) -> np.ndarray:
    """float64 [outputs]: the input position of each output position."""
    x = np.arange(axis.outputs, dtype=np.float64)
    length = axis.scale * axis.inputs
    if name == "half_pixel":
        return (x + 0.5) / axis.scale - 0.5
    if name == "half_pixel_symmetric":
        center = axis.inputs / 2
        return center * (1 - axis.outputs / length) + (x + 0.5) / axis.scale - 0.5
    if name == "pytorch_half_pixel":
        return (x + 0.5) / axis.scale - 0.5 if length > 1 else np.zeros_like(x)
    if name == "align_corners":
        return x * (axis.inputs - 1) / (length - 1) if length != 1 else np.zeros_like(x)
    if name == "asymmetric":
        return x / axis.scale
    start, end = axis.roi
    if length > 1:
        return start * (axis.inputs - 1) + x * (end - start) * (axis.inputs - 1) / (length - 1)
    return np.full_like(x, 0.5 * (start + end) * (axis.inputs - 1))


def _clamped(index: np.ndarray, axis: Axis) -> np.ndarray:
    return np.clip(index, 0, axis.inputs - 1).astype(np.int32)


_NEAREST: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def _kernel(mode: Mode) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """The weight by distance, and the distance from which on it is 0."""
    if mode.interpolation == "linear":
        return lambda x: np.maximum(0.0, 1.0 - np.abs(x)), 1.0
    a = mode.cubic_coefficient

    def cubic(x: np.ndarray) -> np.ndarray:
        """Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981."""
        x = np.abs(x)
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        return np.where(x <= 1, near, np.where(x < 2, far, 0.0))

    return cubic, 2.0
