"""Expressing a view of one tensor as a view of another that holds the same elements."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from edgert_compiler.program.ir import Tensor


class _Axis(NamedTuple):
    dim: int
    source: int  # stride
    target: int


def map_window(window: Tensor, source: Tensor, target: Tensor) -> Tensor | None:
    """`window`, a view of source's buffer, as a view of target's buffer.

    `target` has the shape of `source` and corresponds to it index by index; its type may differ.
    The result has the shape and name of `window`, all else from `target`. None where it would need
    uneven strides, or where the window shows anything beyond `source`, or its bits as another type.
    """
    itemsize = source.dtype.itemsize
    distance = window.offset - source.offset
    if window.dtype != source.dtype or distance % itemsize or 0 in source.shape:
        return None
    axes = _axes(source, target)
    if axes is None:
        return None
    low = _coordinates(distance // itemsize, axes)
    if low is None:
        return None
    reach = [[0, 0] for _ in axes]
    strides = []
    for dim, stride in zip(window.shape, window.strides):
        step = _step(stride, axes) if dim != 1 else (0, 0)
        if step is None:
            return None
        along, count = step
        strides.append(count * axes[along].target if axes else 0)
        if axes and dim != 1:
            reach[along][count > 0] += count * (dim - 1)
    for axis, start, (down, up) in zip(axes, low, reach):
        if start + down < 0 or start + up >= axis.dim:
            return None
    moved = sum(start * axis.target for start, axis in zip(low, axes))
    return replace(
        window,
        buffer=target.buffer,
        offset=target.offset + moved * target.dtype.itemsize,
        strides=tuple(strides),
        dtype=target.dtype,
        quantization=target.quantization,
    )


def broadcast(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The tensor repeated along dimensions of size 1, with stride 0."""
    strides = tuple(s if d == n else 0 for d, s, n in zip(tensor.shape, tensor.strides, shape))
    return replace(tensor, shape=shape, strides=strides)


def unbroadcast(tensor: Tensor) -> Tensor:
    """The inverse of `broadcast`: dimensions of stride 0 get size 1."""
    shape = tuple(d if s else 1 for d, s in zip(tensor.shape, tensor.strides))
    return replace(tensor, shape=shape)


def same_window(a: Tensor, b: Tensor) -> bool:
    """Whether both are the same elements in the same order, read in the same way."""
    return (
        a.buffer is b.buffer
        and (a.offset, a.shape, a.dtype) == (b.offset, b.shape, b.dtype)
        and steps(a) == steps(b)
        and a.quantization == b.quantization
    )


def steps(tensor: Tensor) -> tuple[int, ...]:
    """The strides, 0 for dimensions of size 1."""
    return tuple(s if d != 1 else 0 for d, s in zip(tensor.shape, tensor.strides))


def _axes(source: Tensor, target: Tensor) -> list[_Axis] | None:
    """Dimensions by falling source stride, those joined that are joint in both tensors."""
    axes = sorted(
        (_Axis(d, s, t) for d, s, t in zip(source.shape, source.strides, target.strides) if d != 1),
        key=lambda axis: -axis.source,
    )
    joined: list[_Axis] = []
    for axis in axes:
        if joined and _joint(joined[-1], axis):
            joined[-1] = axis._replace(dim=joined[-1].dim * axis.dim)
        else:
            joined.append(axis)
    inner = 0
    for axis in reversed(joined):
        if axis.source <= inner:
            return None  # negative, repeated or interleaved: addresses do not name elements
        inner += (axis.dim - 1) * axis.source
    return joined


def _joint(outer: _Axis, inner: _Axis) -> bool:
    return outer.source == inner.source * inner.dim and outer.target == inner.target * inner.dim


def _coordinates(distance: int, axes: list[_Axis]) -> list[int] | None:
    """The index along each axis of the element `distance` after the source's first."""
    coordinates = []
    for axis in axes:
        index, distance = divmod(distance, axis.source)
        coordinates.append(index)
    return coordinates if distance == 0 and all(c >= 0 for c in coordinates) else None


def _step(stride: int, axes: list[_Axis]) -> tuple[int, int] | None:
    """(axis, elements along it) that a stride of the window stands for."""
    if stride == 0:
        return 0, 0
    for index, axis in enumerate(axes):
        count, rest = divmod(abs(stride), axis.source)
        if count:
            return (index, count if stride > 0 else -count) if rest == 0 else None
    return None
