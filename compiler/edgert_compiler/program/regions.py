"""Which bytes of its buffer a tensor covers."""

from __future__ import annotations

import copy

import numpy as np

from edgert_compiler.program.ir import Buffer, Tensor


def byte_range(tensor: Tensor) -> tuple[int, int]:
    """[begin, end) of the bytes between the tensor's first and last element in the buffer."""
    low = high = tensor.offset
    if tensor.count == 0:
        return low, high
    for dim, stride in zip(tensor.shape, tensor.strides):
        reach = (dim - 1) * stride * tensor.dtype.itemsize
        low, high = (low + reach, high) if reach < 0 else (low, high + reach)
    return low, high + tensor.dtype.itemsize


def covers_buffer(tensor: Tensor) -> bool:
    """Whether the tensor is all of its buffer, without gaps."""
    begin, end = byte_range(tensor)
    return tensor.nbytes == tensor.buffer.nbytes == end - begin and is_injective(tensor)


def is_injective(tensor: Tensor) -> bool:
    """Whether no two indices reach the same element, as far as nested strides can show it."""
    if tensor.count == 0:
        return True
    dims = [(abs(s), d) for d, s in zip(tensor.shape, tensor.strides) if d != 1]
    reach = 0
    for stride, dim in sorted(dims):
        if stride <= reach:
            return False
        reach += (dim - 1) * stride
    return True


def disjoint(a: Tensor, b: Tensor) -> bool:
    """Whether no byte belongs to an element of both."""
    if a.buffer is not b.buffer:
        return True
    a_begin, a_end = byte_range(a)
    b_begin, b_end = byte_range(b)
    if a_end <= b_begin or b_end <= a_begin:
        return True
    if a.contiguous and b.contiguous:
        return False
    if a.dtype.itemsize != b.dtype.itemsize:
        return _disjoint_bytes(a, b)
    strides = sorted(set(_steps(a)) | set(_steps(b)), reverse=True)
    a_box, b_box = _box(a, strides), _box(b, strides)
    if a_box is not None and b_box is not None:
        return any(i + n <= j or j + m <= i for (i, n), (j, m) in zip(a_box, b_box))
    return _disjoint_bytes(a, b)


def _disjoint_bytes(a: Tensor, b: Tensor) -> bool:
    mask = ByteMask(a.buffer)
    mask.add(a)
    return not mask.any(b)


def _steps(tensor: Tensor) -> dict[int, int]:
    """Dimension by stride, without dimensions of size 1."""
    return {s: d for d, s in zip(tensor.shape, tensor.strides) if d != 1}


def _box(tensor: Tensor, strides: list[int]) -> list[tuple[int, int]] | None:
    """(first index, extent) per dimension of the buffer seen as one array of these strides.

    None where the tensor is no box in that array.
    """
    steps = _steps(tensor)
    distance, rest = divmod(tensor.offset, tensor.dtype.itemsize)
    if rest or len(steps) != sum(dim != 1 for dim in tensor.shape):
        return None
    box: list[tuple[int, int]] = []
    outer = 0
    for stride in strides:
        if stride < 1 or outer % stride:
            return None
        index, distance = divmod(distance, stride)
        extent = steps.get(stride, 1)
        if outer and index + extent > outer // stride:
            return None
        box.append((index, extent))
        outer = stride
    return [*box, (distance, 1)]


class ByteMask:
    """A set of bytes of one buffer."""

    def __init__(self, buffer: Buffer) -> None:
        self._bytes = np.zeros(buffer.nbytes, np.bool_)

    def copy(self) -> ByteMask:
        """The same set, to be changed independently."""
        result = copy.copy(self)
        result._bytes = self._bytes.copy()
        return result

    def intersect(self, other: ByteMask) -> None:
        """Keeps what is in both sets, of the same buffer."""
        self._bytes &= other._bytes

    def add(self, tensor: Tensor) -> None:
        """Adds the tensor's elements."""
        self._window(tensor)[...] = True

    def all(self, tensor: Tensor) -> bool:
        """Whether every element of the tensor is in the set."""
        return bool(self._window(tensor).all())

    def any(self, tensor: Tensor) -> bool:
        """Whether some element of the tensor is in the set."""
        return bool(self._window(tensor).any())

    def full(self) -> bool:
        """Whether every byte of the buffer is in the set."""
        return bool(self._bytes.all())

    def _window(self, tensor: Tensor) -> np.ndarray:
        itemsize = tensor.dtype.itemsize
        return np.lib.stride_tricks.as_strided(
            self._bytes[tensor.offset :],
            (*tensor.shape, itemsize),
            (*(stride * itemsize for stride in tensor.strides), 1),
        )
