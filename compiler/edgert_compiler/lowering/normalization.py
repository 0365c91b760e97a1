"""Normalizations as reductions and elementwise calls."""

from __future__ import annotations

from collections.abc import Sequence

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.reduction import apply, reduce
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


def normalize(
    x: Tensor,
    axes: Sequence[int],
    epsilon: float,
    output: Tensor,
    context: LoweringContext,
    scale: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    centered: bool = True,
) -> None:
    """`output = (x - mean) / sqrt(mean((x - mean)²) + epsilon) * scale + bias`.

    The means are over `axes`; without `centered` they are not subtracted (RMS normalization).
    `scale` and `bias` broadcast against x; all tensors are f32.
    """
    square = (Instruction("square", 0, (0,)),)
    if centered:
        mean = reduce(x, axes, "reduce_mean", context)
        difference = apply([x, mean], (Instruction("sub", 0, (0, 1)), *square), context)
        variance = reduce(difference, axes, "reduce_mean", context)
        statistics = [_inverse(variance, epsilon, context), mean]
    else:
        power = reduce(apply([x], square, context), axes, "reduce_mean", context)
        statistics = [_inverse(power, epsilon, context)]
    _scaled(x, statistics, output, context, scale, bias)


def normalize_groups(
    x: Tensor,
    groups: int,
    epsilon: float,
    output: Tensor,
    context: LoweringContext,
    scale: Tensor,
    bias: Tensor,
) -> None:
    """The same over the pixels and channels of each group; `scale` and `bias` [C] are per channel.

    Channels are averaged over their pixels first, whatever the layout, then groups over their
    channels, of which all have as many.
    """
    rank = len(x.shape)
    mean = _group_means(x, groups, context)
    difference = (Instruction("sub", 0, (0, 1)), Instruction("square", 0, (0,)))
    variance = _group_means(apply([x, mean], difference, context), groups, context)
    statistics = [_inverse(variance, epsilon, context), mean]
    factors = (per_channel(vector, rank) for vector in (scale, bias))
    _scaled(x, statistics, output, context, *factors)


def _group_means(x: Tensor, groups: int, context: LoweringContext) -> Tensor:
    """The mean of its group for each channel: [N, C, 1, ...]."""
    n, c, *pixels = x.shape
    channels = reduce(x, range(2, len(x.shape)), "reduce_mean", context)
    grouped = layout.reshape(channels, (n, groups, c // groups))
    assert grouped is not None, "an axis can always be split"
    spread = layout.allocate(x.dtype, grouped.shape, layout.row_major(3))
    context.elementwise([reduce(grouped, (2,), "reduce_mean", context)], spread, ())
    means = layout.reshape(spread, (n, c, *(1 for _ in pixels)))
    assert means is not None, "dense axes can always be merged"
    return means


def _inverse(variance: Tensor, epsilon: float, context: LoweringContext) -> Tensor:
    """1 / sqrt(variance + epsilon), once for all values that share it."""
    steps = (
        Instruction("constant", 1, (), (epsilon,)),
        Instruction("add", 0, (0, 1)),
        Instruction("sqrt", 0, (0,)),
        Instruction("reciprocal", 0, (0,)),
    )
    return apply([variance], steps, context)


def _scaled(
    x: Tensor,
    statistics: Sequence[Tensor],
    output: Tensor,
    context: LoweringContext,
    scale: Tensor | None,
    bias: Tensor | None,
) -> None:
    """Registers: 0 x, 1 inverse deviation, 2 mean if there is one, then scale and bias."""
    inputs = [x, *statistics]
    steps = [Instruction("sub", 0, (0, 2))] if len(statistics) == 2 else []
    steps.append(Instruction("mul", 0, (0, 1)))
    for operand, op in ((scale, "mul"), (bias, "add")):
        if operand is not None:
            steps.append(Instruction(op, 0, (0, len(inputs))))
            inputs.append(operand)
    context.elementwise(inputs, output, steps)


def per_channel(tensor: Tensor, rank: int, axis: int = 1) -> Tensor:
    """A vector over channels as a tensor of `rank` axes that broadcasts along the others."""
    shape, strides = [1] * rank, [0] * rank
    shape[axis], strides[axis] = tensor.shape[0], tensor.strides[0]
    return tensor.view(tuple(shape), tuple(strides))
