"""Discrete Fourier transforms as products with constant matrices.

A short transform is one product. A longer one of a * b samples is transforms of length a, factors
of unit length, and transforms of length b (Cooley and Tukey, "An Algorithm for the Machine
Calculation of Complex Fourier Series", 1965): its matrices are small where that of the whole would
not be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.operators.fourier import (
    SHORT_MATRIX,
    Transform,
    balanced_factors,
    matrix_elements,
)
from edgert_compiler.packing import pack_channels, pack_conv_f32
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType, Tensor


def transformed(
    x: Tensor, transform: Transform, context: LoweringContext, window: np.ndarray | None = None
) -> Tensor:
    """The transform of x [B, rows, length, parts], of any strides: [B, rows, bins, 2], dense.

    window: [length], what the samples are multiplied with first.
    """
    parts = x.shape[3]
    first, second = balanced_factors(transform.length)
    if first == 1 or matrix_elements(transform, parts) <= SHORT_MATRIX:
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
