"""Discrete Fourier transforms as matrices.

The STFT of a real signal is a convolution: frames are its windows, bins its output channels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integers_of, optional, required, shape_of
from edgert_compiler.graph.types import unsupported_dynamic, unsupported_type

LARGEST_MATRIX = 1 << 22
"""Elements of a matrix; more is refused."""
SHORT_MATRIX = 1 << 18
"""Elements of the matrix of a transform that is not divided."""


@dataclass(frozen=True)
class Transform:
    """`bins[k] = scale * sum over n of x[n] * exp(sign * 2πi * k * n / length)`, k < `bins`."""

    length: int
    bins: int
    inverse: bool = False

    @property
    def scale(self) -> float:
        """The inverse has 1 / length."""
        return 1 / self.length if self.inverse else 1.0

    def angles(self, k: np.ndarray, n: np.ndarray) -> np.ndarray:
        """The phases of all products of `k` and `n`, reduced so that they are exact."""
        turns = np.multiply.outer(n.astype(np.int64), k.astype(np.int64)) % self.length
        return (1 if self.inverse else -1) * 2 * np.pi * turns / self.length

    def matrix(self, parts: int) -> np.ndarray:
        """float64 [length * parts, bins * 2] for samples of 1 or 2 parts, (n, part) and (k, part).

        The real part of a sample goes to (cos, sin), the imaginary one to (-sin, cos).
        """
        angle = self.angles(np.arange(self.bins), np.arange(self.length))
        real = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        rows = [real, np.stack([-np.sin(angle), np.cos(angle)], axis=-1)][:parts]
        return self.scale * np.stack(rows, axis=1).reshape(self.length * parts, -1)


def unsupported_length(length: int, parts: int) -> str | None:
    """Why a transform is too long, if it is."""
    widest = max(balanced_factors(length))
    if (2 * widest) ** 2 <= LARGEST_MATRIX:
        return None
    if matrix_elements(Transform(length, length), parts) <= SHORT_MATRIX:
        return None
    return f"its length {length} has no factors that are small enough; pad it to a power of two"


def matrix_elements(transform: Transform, parts: int) -> int:
    """Of the matrix for samples of so many parts."""
    return transform.length * parts * transform.bins * 2


def balanced_factors(length: int) -> tuple[int, int]:
    """a * b = length, as equal as possible, a <= b."""
    first = next(a for a in range(math.isqrt(length), 0, -1) if length % a == 0)
    return (first, length // first)


def frame_length(node: ir.Node) -> int:
    """The samples of a frame: given, or those of the window, or all."""
    length, window = integers_of(node, 3), optional(node, 2)
    if length is not None:
        return length[0]
    return shape_of(window)[0] if window is not None else shape_of(required(node, 0))[1]


def unsupported_frames(node: ir.Node) -> str | None:
    """Why an STFT is no convolution with constant weights, if it is none."""
    x = shape_of(required(node, 0))
    if len(x) == 3 and x[2] != 1:
        return "its signal is complex"
    reason = (
        unsupported_type(node, 0)
        or unsupported_dynamic(node, 1, "the step")
        or unsupported_dynamic(node, 2, "the window")
        or unsupported_dynamic(node, 3, "the length of a frame")
    )
    if reason is not None:
        return reason
    length, bins = frame_length(node), shape_of(node.outputs[0])[2]
    too_long = length * bins > LARGEST_MATRIX // 2
    return f"its frames of {length} samples are too long" if too_long else None


def frame_step(node: ir.Node) -> int:
    """Samples from one frame to the next."""
    step = integers_of(node, 1)
    assert step is not None
    return step[0]


def frame_weights(node: ir.Node) -> np.ndarray:
    """float32 [2 * bins, length]: the real part and the imaginary part of each bin in turn."""
    window = array_of(optional(node, 2))
    matrix = Transform(frame_length(node), shape_of(node.outputs[0])[2]).matrix(1).T
    return (matrix if window is None else matrix * window.astype(np.float64)).astype(np.float32)
