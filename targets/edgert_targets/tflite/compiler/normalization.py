"""Normalization by mean and variance, in simpler operators."""

from __future__ import annotations

from collections.abc import Sequence

from edgert_targets.tflite.compiler.context import Context, Options
from edgert_targets.tflite.compiler.graph import Tensor


def normalize(
    context: Context,
    x: Tensor,
    axes: Sequence[int],
    epsilon: float,
    scale: Tensor | None,
    bias: Tensor | None,
    target: Tensor,
    *,
    centered: bool = True,
) -> None:
    """Emits ``target = (x - mean) / sqrt(variance + epsilon) * scale + bias``.

    axes: of the tensor. scale, bias: broadcast against x. centered: else the mean is taken for 0.
    """
    keep = ("ReducerOptions", {"keep_dims": True})
    places = context.vector(sorted(axes))
    shape = [1 if i in axes else size for i, size in enumerate(x.shape)]
    centre = x
    if centered:
        mean, centre = context.like(x, shape), context.like(x)
        context.emit("MEAN", [x, places], mean, keep)
        context.emit("SUB", [x, mean], centre, ("SubOptions", {}))
    square = context.like(x)
    variance, shifted, inverse = (context.like(x, shape) for _ in range(3))
    context.emit("MUL", [centre, centre], square, ("MulOptions", {}))
    context.emit("MEAN", [square, places], variance, keep)
    context.emit("ADD", [variance, context.number(epsilon, x)], shifted, ("AddOptions", {}))
    context.emit("RSQRT", [shifted], inverse)
    steps = [("MUL", inverse), ("MUL", scale), ("ADD", bias)]
    steps = [(code, operand) for code, operand in steps if operand is not None]
    result = centre
    for index, (code, operand) in enumerate(steps):
        following = target if index == len(steps) - 1 else context.like(x)
        options: Options = ("MulOptions" if code == "MUL" else "AddOptions", {})
        context.emit(code, [result, operand], following, options)
        result = following
