"""Layouts: every ONNX value is a strided tensor with its axes in ONNX order.

How a value lies in memory is what its strides say: an image [N, C, H, W] that lies channels-last
has shape (N, C, H, W) and strides (H*W*C, 1, W*C, C). An *order* lists the axes from the outermost
to the innermost in memory. Transpose, Slice, Expand and most Reshapes are new views of one buffer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from edgert_compiler.graph.factors import Factor, factors
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.program.ir import DType, Tensor, arena_tensor, contiguous_strides

Shape = tuple[int, ...]
Order = tuple[int, ...]


def row_major(rank: int) -> Order:
    """The order in which ONNX tensors are exchanged with the user."""
    return tuple(range(rank))


def channels_last(rank: int) -> Order:
    """(N, spatial..., C) of an ONNX value (N, C, spatial...)."""
    return (0, *range(2, rank), 1) if rank > 2 else row_major(rank)


def order_of(tensor: Tensor) -> Order:
    """The axes from the outermost to the innermost; those of size 1 or stride 0 come first."""

    def step(axis: int) -> float:
        free = tensor.shape[axis] == 1 or tensor.strides[axis] == 0
        return -math.inf if free else -abs(tensor.strides[axis])

    return tuple(sorted(range(len(tensor.shape)), key=step))


def allocate(
    dtype: DType,
    shape: Sequence[int],
    order: Order,
    name: str = "",
    quantization: QuantParams | None = None,
) -> Tensor:
    """A new arena tensor of an ONNX shape that lies without gaps in the given order."""
    physical = arena_tensor(dtype, tuple(shape[axis] for axis in order), name, quantization)
    return transpose(physical, inverse(order))


def inverse(order: Sequence[int]) -> Order:
    """The permutation that undoes `order`."""
    return tuple(sorted(range(len(order)), key=lambda axis: order[axis]))


def transpose(tensor: Tensor, axes: Sequence[int]) -> Tensor:
    """The view whose axis i is axis `axes[i]` of the tensor."""
    return tensor.view(
        tuple(tensor.shape[axis] for axis in axes), tuple(tensor.strides[axis] for axis in axes)
    )


def broadcast(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """The tensor repeated to `shape` by strides of 0, as ONNX broadcasting does."""
    missing = len(shape) - len(tensor.shape)
    dims = (1,) * missing + tensor.shape
    strides = (0,) * missing + tensor.strides
    return tensor.view(
        tuple(shape),
        tuple(0 if d != target else s for d, s, target in zip(dims, strides, shape)),
    )


def prepend_axes(tensor: Tensor, rank: int) -> Tensor:
    """The tensor with axes of size 1 in front up to `rank`."""
    missing = rank - len(tensor.shape)
    return tensor.view((1,) * missing + tensor.shape, (0,) * missing + tensor.strides)


def narrow(tensor: Tensor, axis: int, start: int, count: int, step: int = 1) -> Tensor:
    """Elements start, start + step, ... (`count` of them) along one axis; step may be negative."""
    shape, strides = list(tensor.shape), list(tensor.strides)
    offset = start * strides[axis] if count else 0
    shape[axis] = count
    strides[axis] *= step
    return tensor.view(tuple(shape), tuple(strides), offset)


def images(tensor: Tensor) -> Tensor:
    """ONNX [N, C, H, W] or [N, C, W] as the physical [N, H, W, C] or [N, 1, W, C]."""
    moved = transpose(tensor, channels_last(len(tensor.shape)))
    if len(moved.shape) == 3:
        moved = moved.view(
            (moved.shape[0], 1, *moved.shape[1:]), (moved.strides[0], 0, *moved.strides[1:])
        )
    return canonical(moved)


def canonical(tensor: Tensor) -> Tensor:
    """The same view with the strides of axes of size 1 as in a dense tensor.

    Kernels look at strides to see whether channels are adjacent; with one channel they always are.
    """
    strides = list(tensor.strides)
    step = 1
    for axis in reversed(range(len(strides))):
        if tensor.shape[axis] == 1:
            strides[axis] = step
        step = strides[axis] * tensor.shape[axis]
    return tensor.view(tensor.shape, tuple(strides))


def reshape(tensor: Tensor, shape: Sequence[int]) -> Tensor | None:
    """The reshaped view, or None where the merged axes do not follow each other in memory."""
    if 0 in tensor.shape:
        return tensor.view(tuple(shape), contiguous_strides(tuple(shape)))
    strides: list[int] = []
    for factor in factors(tensor.shape, shape):
        inner = _merged_stride(tensor, *factor.old)
        if inner is None:
            return None
        new = tuple(shape[slice(*factor.new)])
        strides += [inner * step for step in contiguous_strides(new)]
    return tensor.view(tuple(shape), tuple(strides))


def _merged_stride(tensor: Tensor, start: int, stop: int) -> int | None:
    """The stride of the one axis that axes [start, stop) can merge into, if they can."""
    axes = [axis for axis in range(start, stop) if tensor.shape[axis] != 1]
    if not axes:
        return 0
    for outer, inner in zip(axes, axes[1:]):
        if tensor.strides[outer] != tensor.strides[inner] * tensor.shape[inner]:
            return None
    return tensor.strides[axes[-1]]


def reshape_order(tensor: Tensor, shape: Sequence[int]) -> Order:
    """The order for a copy of `tensor` as `shape` that keeps what it can of the tensor's order.

    Axes that do not take part in merges and splits keep their place in memory; so a channel shuffle
    of a channels-last image stays channels-last.
    """

    def outermost(factor: Factor) -> float:
        steps = [abs(tensor.strides[a]) for a in range(*factor.old) if tensor.shape[a] != 1]
        return -max(steps, default=math.inf)

    parts = sorted(factors(tensor.shape, shape), key=outermost)
    return tuple(axis for factor in parts for axis in range(*factor.new))


def around(tensor: Tensor, axis: int, order: Order | None = None) -> Tensor:
    """A dense tensor as [outer, axis, inner]; `order` is its own where not given."""
    order = order or order_of(tensor)
    place = order.index(axis)
    dims = [tensor.shape[a] for a in order]
    shape = (math.prod(dims[:place]), dims[place], math.prod(dims[place + 1 :]))
    view = reshape(transpose(tensor, order), shape)
    assert view is not None, "the tensor has gaps"
    return view
