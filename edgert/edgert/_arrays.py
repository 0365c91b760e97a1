"""Arrays at the border of a session: checked on the way in, made on the way out. Private.

Imports numpy, so it is imported by the first run. A small model takes microseconds: what is here
runs for each of its arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from ctypes import c_char
from typing import TYPE_CHECKING, Any

import numpy as np

from edgert._abi import DTYPE_NAMES, FIRST_EXTENDED_DTYPE
from edgert.errors import InputError, RuntimeUnavailableError

if TYPE_CHECKING:
    from edgert.session import NodeArg


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape that an array, number or nested list has as an input. Raises InputError."""
    try:
        shape: tuple[int, ...] = value.shape if hasattr(value, "shape") else np.shape(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"an input cannot be made of this: {error}") from None
    return shape


def view(address: int, dtype: str, shape: Sequence[int]) -> np.ndarray:
    """The array that lies at an address, row-major; whoever owns the memory must outlive it."""
    element = numpy_dtype(dtype)
    memory = memoryview((c_char * (math.prod(shape) * element.itemsize)).from_address(address))
    return np.ndarray(tuple(shape), element, memory)


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The element type of this name. Raises RuntimeUnavailableError where ml_dtypes is missing."""
    if name not in DTYPE_NAMES[FIRST_EXTENDED_DTYPE:]:
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError as error:
        raise RuntimeUnavailableError(
            f"numpy has no {name}: install the package ml_dtypes, or compile the model with other "
            "element types at its inputs and outputs"
        ) from error
    return np.dtype(getattr(ml_dtypes, name))


def made(value: Any, port: NodeArg) -> np.ndarray:
    """The array of a number or list, of the port's type, or of what has a type of its own.

    Raises InputError where there is none, and for floats where the port has integers.
    """
    dtype = numpy_dtype(port.dtype)
    try:
        given = np.asarray(value)
        if hasattr(value, "dtype"):
            return given
        if dtype.kind in "iub" and given.size and given.dtype.kind not in "iub":
            raise TypeError(f"its elements are {given.dtype.name}")
        return np.asarray(value, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"input {port.described()} cannot be made of this: {error}") from None


def stored(
    real: np.ndarray, dtype: str, quantization: tuple[float, int] | None = None
) -> np.ndarray:
    """Real numbers, float32, as an input holds them.

    Quantized as the kernels do (docs/kernels.md, Requantization). Raises InputError where an input
    of integers without scale and zero point cannot hold them.
    """
    element = numpy_dtype(dtype)
    if element.kind not in "iub":
        return real.astype(element, copy=False)
    if quantization is None:
        whole = real.astype(element)
        if not np.array_equal(whole, real):
            raise InputError(
                f"the input is {dtype} without scale and zero point; it cannot hold numbers from "
                f"{real.min():.4g} to {real.max():.4g}"
            )
        return whole
    scale, zero_point = quantization
    limits = np.iinfo(element)
    quanta = real * np.float32(1 / scale)
    quanta = np.rint(np.clip(quanta, limits.min - zero_point, limits.max - zero_point))
    return (quanta.astype(np.int32) + zero_point).astype(element)


class ArrayPort:
    """An input or output as numpy sees it."""

    __slots__ = ("dtype", "name", "port", "shape")

    def __init__(self, port: NodeArg) -> None:
        self.port = port
        self.name = port.name
        self.dtype = numpy_dtype(port.dtype)
        self.shape = port.static_shape()

    def new(self) -> np.ndarray:
        """An array for an output."""
        return np.empty(self.shape, self.dtype)

    def checked(self, value: Any) -> np.ndarray:
        """`value` as a contiguous, aligned array of native byte order; copied only where it is not.

        Raises InputError where shape or element type are not the port's. A number or a list becomes
        an array of the port's type.
        """
        if (
            isinstance(value, np.ndarray)
            and value.dtype == self.dtype
            and value.shape == self.shape
        ):
            flags = value.flags
            if flags.c_contiguous and flags.aligned:
                return value
        return self._converted(value)

    def _converted(self, value: Any) -> np.ndarray:
        if not isinstance(value, np.ndarray):
            value = made(value, self.port)
        if value.dtype.newbyteorder("=") != self.dtype or value.shape != self.shape:
            raise InputError(
                f"input {self.port.described()} was given {value.dtype.name} {list(value.shape)}"
            )
        return np.require(value, self.dtype, ("C", "A"))


def trimmed(port: NodeArg, array: np.ndarray, outputs: Sequence[np.ndarray]) -> np.ndarray:
    """The entries that are meant, by the outputs that tell how many; contiguous.

    Raises InputError where a size is told that cannot be.
    """
    for axis, teller in port.sizes.items():
        size, largest = int(outputs[teller][0]), array.shape[axis]
        if not 0 <= size <= largest:
            raise InputError(
                f"output {port.described()} has size {size} along dimension {axis} for this input; "
                f"it was compiled for at most {largest}"
            )
        array = array[(slice(None),) * axis + (slice(size),)]
    return np.ascontiguousarray(array) if port.sizes else array
