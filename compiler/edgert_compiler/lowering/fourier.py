"""Discrete Fourier transforms as products with constant matrices.

A short transform is one product. A longer one of a * b samples is transforms of length a, factors
of unit length, and transforms of length b (Cooley and Tukey, "An Algorithm for the Machine
Calculation of Complex Fourier Series", 1965): its matrices are small where that of the whole would
not be.

The STFT of a real signal is a convolution: frames are its windows, bins its output channels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integers_of, optional, required, shape_of
from edgert_compiler.graph.types import unsupported_dynamic, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.packing import pack_channels, pack_conv_f32
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType, Instruction, Tensor

LARGEST_MATRIX = 1 << 22
"""Elements of a matrix; more is refused."""
_SHORT = 1 << 18
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
    widest = max(_factors(length))
    if (2 * widest) ** 2 <= LARGEST_MATRIX or _elements(Transform(length, length), parts) <= _SHORT:
        return None
    return f"its length {length} has no factors that are small enough; pad it to a power of two"


def transformed(
    x: Tensor, transform: Transform, context: LoweringContext, window: np.ndarray | None = None
) -> Tensor:
    """The transform of x [B, rows, length, parts], of any strides: [B, rows, bins, 2], dense.

    window: [length], what the samples are multiplied with first.
    """
    parts = x.shape[3]
    first, second = _factors(transform.length)
    if first == 1 or _elements(transform, parts) <= _SHORT:
        matrix = transform.matrix(parts)
        if window is not None:
            matrix = matrix * np.repeat(window.astype(np.float64), parts)[:, None]
        y = product(x, matrix, context)
    else:
        y = _divided(x, transform, (first, second), context, window)
    view = layout.reshape(y, (*x.shape[:2], transform.bins, 2))
    assert view is not None
    return view


def product(x: Tensor, matrix: np.ndarray, context: LoweringContext) -> Tensor:
    """x [B, rows, samples...] times matrix [samples, outputs]: [B, rows, outputs], dense."""
    shape = (*x.shape[:2], matrix.shape[0])
    rows = layout.reshape(x, shape)
    if rows is None or not (rows.shape[2] == 1 or rows.strides[2] == 1):
        rows = layout.reshape(context.dense(x, layout.row_major(len(x.shape))), shape)
        assert rows is not None
    y = layout.allocate(DType.F32, (*shape[:2], matrix.shape[1]), (0, 1, 2))
    weights = matrix.T.astype(np.float32)[:, :, None, None]
    context.emit(
        "conv2d_f32",
        [
            layout.canonical(layout.prepend_axes(rows, 4)),
            context.constant(pack_conv_f32(weights, 1)),
            context.constant(pack_channels(np.zeros(matrix.shape[1], np.float32), 1)),
        ],
        [layout.prepend_axes(y, 4)],
        _PLAIN,
    )
    return y


_PLAIN: dict[str, float | int] = {
    **dict.fromkeys(("kernel_h", "kernel_w", "stride_h", "stride_w", "groups"), 1),
    **dict.fromkeys(("dilation_h", "dilation_w"), 1),
    **dict.fromkeys(("pad_top", "pad_left", "activation"), 0),
    "act_min": -math.inf,
    "act_max": math.inf,
    "alpha": 0.0,
    "beta": 0.0,
}


def _elements(transform: Transform, parts: int) -> int:
    return transform.length * parts * transform.bins * 2


def _factors(length: int) -> tuple[int, int]:
    """a * b = length, as equal as possible, a <= b."""
    first = next(a for a in range(math.isqrt(length), 0, -1) if length % a == 0)
    return (first, length // first)


def _divided(
    x: Tensor,
    transform: Transform,
    factors: Sequence[int],
    context: LoweringContext,
    window: np.ndarray | None,
) -> Tensor:
    """With n = b * n1 + n2 and k = k1 + a * k2: over n1 first, turned by k1 * n2, then over n2."""
    a, b = factors
    batch, rows, _, parts = x.shape
    split = layout.reshape(x, (batch, rows, a, b, parts))
    assert split is not None, "one axis can always be split"
    turned = _turned(_columns(split, window, context), transform, factors, context)
    wanted = -(-transform.bins // a)
    inner = Transform(b, wanted, transform.inverse)
    # Samples (part, n2) instead of (n2, part); the inverse of a part has the scale of the whole.
    matrix = inner.matrix(2).reshape(b, 2, -1).swapaxes(0, 1).reshape(2 * b, -1)
    spectrum = product(turned, matrix * (transform.scale / inner.scale), context)
    bins = layout.reshape(spectrum, (batch, rows, a, wanted, 2))
    y = layout.allocate(DType.F32, (batch, rows, transform.bins, 2), (0, 1, 2, 3))
    assert bins is not None
    _interleave(layout.transpose(bins, (0, 1, 3, 2, 4)), y, context)
    return y


def _columns(split: Tensor, window: np.ndarray | None, context: LoweringContext) -> Tensor:
    """[B, rows, a, b, parts] as [B, rows * b, a, parts] without gaps, times the window."""
    batch, rows, a, b, parts = split.shape
    source = layout.transpose(split, (0, 1, 3, 2, 4))
    columns = layout.allocate(DType.F32, source.shape, (0, 1, 2, 3, 4))
    if window is None:
        context.convert(source, columns)
    else:
        factors = context.constant(window.astype(np.float32).reshape(a, b).T[:, :, None].copy())
        context.elementwise([source, factors], columns, [Instruction("mul", 2, (0, 1))])
    merged = layout.reshape(columns, (batch, rows * b, a, parts))
    assert merged is not None
    return merged


def _turned(
    columns: Tensor, transform: Transform, factors: Sequence[int], context: LoweringContext
) -> Tensor:
    """The transforms over n1, times exp(i * angle(k1, n2)): [B, rows * k1, part * n2]."""
    a, b = factors
    batch = columns.shape[0]
    rows = columns.shape[1] // b
    outer = Transform(a, a, transform.inverse)
    matrix = outer.matrix(columns.shape[3]) / outer.scale
    spectrum = layout.reshape(product(columns, matrix, context), (batch, rows, b, a, 2))
    assert spectrum is not None
    parts = [layout.narrow(spectrum, 4, part, 1) for part in (0, 1)]
    angle = transform.angles(np.arange(a), np.arange(b))[..., None]
    cosine, sine = (context.constant(f(angle).astype(np.float32)) for f in (np.cos, np.sin))
    # In memory [B, rows, k1, part, n2].
    turned = layout.allocate(DType.F32, spectrum.shape, (0, 1, 3, 4, 2))
    for part, combine in ((0, "sub"), (1, "add")):
        steps = [
            Instruction("mul", 4, (0, 2)),
            Instruction("mul", 5, (1, 3)),
            Instruction(combine, 6, (4, 5)),
        ]
        other = parts[1 - part]
        target = layout.narrow(turned, 4, part, 1)
        context.elementwise([parts[part], other, cosine, sine], target, steps)
    merged = layout.reshape(layout.transpose(turned, (0, 1, 3, 4, 2)), (batch, rows * a, 2 * b))
    assert merged is not None
    return merged


def _interleave(bins: Tensor, y: Tensor, context: LoweringContext) -> None:
    """Bins [B, rows, k2, k1, 2] into y [B, rows, k1 + a * k2, 2], which may end within a k2."""
    a = bins.shape[3]
    whole, rest = divmod(y.shape[2], a)
    for first, count, width in ((0, whole, a), (whole, 1, rest)):
        if count and width:
            target = layout.narrow(y, 2, first * a, count * width)
            view = layout.reshape(target, (*y.shape[:2], count, width, 2))
            assert view is not None
            source = layout.narrow(layout.narrow(bins, 2, first, count), 3, 0, width)
            context.convert(source, view)


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
