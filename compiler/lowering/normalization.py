"""Normalizations as reductions and elementwise calls."""

from __future__ import annotations

from collections.abc import Sequence

from edgert.compiler.lowering.context import LoweringContext
from edgert.compiler.lowering.reduction import apply, reduce
from edgert.compiler.program.ir import Instruction, Tensor


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
