"""The kernel program: what the runtime will do, call by call, before addresses are planned.

A `Program` is a sequence of `KernelCall`s over `Tensor`s. A tensor is a strided window into a
`Buffer`; several tensors may look into one buffer (views, slices, concat parts). Memory planning
assigns arena offsets to arena buffers and nothing else. All classes are immutable and compared by
identity; passes build new programs.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import ml_dtypes
import numpy as np

from edgert.errors import CompileError
from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.graph.region import Region


class DType(enum.IntEnum):
    """Element types; numbers as in schema/bundle.fbs."""

    F32 = 0
    S8 = 1
    U8 = 2
    S16 = 3
    U16 = 4
    S32 = 5
    U32 = 6
    S64 = 7
    U64 = 8
    F16 = 9
    F64 = 10
    BOOL = 11
    BF16 = 12
    F8E4M3FN = 13
    F8E4M3FNUZ = 14
    F8E5M2 = 15
    F8E5M2FNUZ = 16
    F8E8M0 = 17
    F4E2M1 = 18
    S4 = 19
    U4 = 20
    S2 = 21
    U2 = 22

    @property
    def numpy(self) -> np.dtype[Any]:
        """The same type in numpy."""
        return _NUMPY[self]

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return self.numpy.itemsize

    @classmethod
    def of(cls, dtype: np.typing.DTypeLike) -> DType:
        """The DType of a numpy dtype. Raises CompileError where edgert has none."""
        found = _FROM_NUMPY.get(np.dtype(dtype))
        if found is None:
            raise CompileError(f"edgert does not store elements of type {np.dtype(dtype)}")
        return found


_NUMPY: dict[DType, np.dtype[Any]] = {
    DType.F32: np.dtype(np.float32),
    DType.S8: np.dtype(np.int8),
    DType.U8: np.dtype(np.uint8),
    DType.S16: np.dtype(np.int16),
    DType.U16: np.dtype(np.uint16),
    DType.S32: np.dtype(np.int32),
    DType.U32: np.dtype(np.uint32),
    DType.S64: np.dtype(np.int64),
    DType.U64: np.dtype(np.uint64),
    DType.F16: np.dtype(np.float16),
    DType.F64: np.dtype(np.float64),
    DType.BOOL: np.dtype(np.bool_),
    DType.BF16: np.dtype(ml_dtypes.bfloat16),
    DType.F8E4M3FN: np.dtype(ml_dtypes.float8_e4m3fn),
    DType.F8E4M3FNUZ: np.dtype(ml_dtypes.float8_e4m3fnuz),
    DType.F8E5M2: np.dtype(ml_dtypes.float8_e5m2),
    DType.F8E5M2FNUZ: np.dtype(ml_dtypes.float8_e5m2fnuz),
    DType.F8E8M0: np.dtype(ml_dtypes.float8_e8m0fnu),
    DType.F4E2M1: np.dtype(ml_dtypes.float4_e2m1fn),
    DType.S4: np.dtype(ml_dtypes.int4),
    DType.U4: np.dtype(ml_dtypes.uint4),
    DType.S2: np.dtype(ml_dtypes.int2),
    DType.U2: np.dtype(ml_dtypes.uint2),
}
_FROM_NUMPY: dict[np.dtype[Any], DType] = {numpy: dtype for dtype, numpy in _NUMPY.items()}


class Storage(enum.IntEnum):
    """Where a buffer lives; numbers as in schema/bundle.fbs.

    STATE is a place in the arena that keeps its contents from run to run. A bundle, where memory is
    planned, does not tell it from the rest of the arena. WIDENED is a constant of float32 that the
    bundle holds as float16.
    """

    ARENA = 0
    CONSTANT = 1
    INPUT = 2
    OUTPUT = 3
    WIDENED = 4
    STATE = -1


@dataclass(frozen=True, eq=False)
class Buffer:
    """A piece of memory.

    `data` holds the bytes of a CONSTANT buffer, the float16 elements of a WIDENED one; `port` is
    the index of an INPUT, OUTPUT or STATE.
    """

    storage: Storage
    nbytes: int
    data: np.ndarray | None = None
    port: int = -1


@dataclass(frozen=True, eq=False)
class Tensor:
    """A strided window into a buffer.

    `shape` is physical, outermost first. `strides` are in elements and may be 0 or negative.
    `offset` is in bytes from the start of the buffer to element 0.
    """

    buffer: Buffer
    dtype: DType
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    name: str = ""
    quantization: QuantParams | None = None

    @property
    def count(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements, without gaps."""
        return self.count * self.dtype.itemsize

    @property
    def contiguous(self) -> bool:
        """Whether the elements lie row-major without gaps."""
        return is_contiguous(self.shape, self.strides)

    def view(
        self,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        element_offset: int = 0,
        **changes: Any,
    ) -> Tensor:
        """Another window into the same buffer, `element_offset` elements after this one's start."""
        return replace(
            self,
            shape=tuple(shape),
            strides=tuple(strides),
            offset=self.offset + element_offset * self.dtype.itemsize,
            **changes,
        )


@dataclass(frozen=True, eq=False)
class KernelCall:
    """One call of a kernel of docs/kernels.md.

    `params` has exactly the kernel's fields; arrays are tuples, of which a missing tail is zero.
    `inplace` lists the inputs that output 0 may overwrite element by element.
    `name` is the ONNX node it stands for, several joined by "+".
    `region` is what it runs under, None for the program itself. A control call has `bodies`: their
    calls follow it in the program, and their numbers are its parameters, written when emitting.
    """

    kernel: str
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    params: Mapping[str, int | float | tuple[int, ...] | tuple[float, ...]] = field(
        default_factory=dict
    )
    name: str = ""
    instructions: tuple[Instruction, ...] = ()
    inplace: tuple[int, ...] = ()
    version: int = 1
    region: Region | None = None
    bodies: tuple[Region, ...] = ()


@dataclass(frozen=True)
class Port:
    """A graph input or output as the ONNX model declares it (ONNX axis order).

    `sizes` are the dimensions of an output whose size is known when the program has run: (axis,
    index of the output, int64 of one element, that tells it). Their `shape` is the largest.
    `quantization` says what an 8-bit port means in real numbers.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...] = ()
    quantization: QuantParams | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the caller's buffer."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class State:
    """An output of the model that is an input of its next run.

    `port` is the input; `initial` is a CONSTANT buffer of its size, None for zeros.
    """

    port: Port
    output: str
    initial: Buffer | None = None


@dataclass(frozen=True, eq=False)
class Program:
    """A whole model for one set of input shapes."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    calls: tuple[KernelCall, ...]
    name: str = "main"
    states: tuple[State, ...] = ()

    def buffers(self) -> list[Buffer]:
        """Every buffer that a call touches, in order of first use."""
        seen: dict[int, Buffer] = {}
        for call in self.calls:
            for tensor in (*call.inputs, *call.outputs):
                if tensor is not None:
                    seen.setdefault(id(tensor.buffer), tensor.buffer)
        return list(seen.values())


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Row-major strides, in elements."""
    strides: list[int] = []
    step = 1
    for dim in reversed(shape):
        strides.append(step)
        step *= dim
    return tuple(reversed(strides))


def is_contiguous(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether the elements lie row-major without gaps; strides of dimensions of size 1 are free."""
    expected = contiguous_strides(shape)
    return all(d == 1 or s == e for d, s, e in zip(shape, strides, expected))


def arena_tensor(
    dtype: DType,
    shape: tuple[int, ...],
    name: str = "",
    quantization: QuantParams | None = None,
) -> Tensor:
    """A contiguous tensor over a new arena buffer."""
    shape = tuple(int(d) for d in shape)
    nbytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    return Tensor(
        Buffer(Storage.ARENA, nbytes),
        dtype,
        shape,
        contiguous_strides(shape),
        name=name,
        quantization=quantization,
    )


def port_tensor(
    storage: Storage, dtype: DType, shape: tuple[int, ...], port: int = 0, name: str = ""
) -> Tensor:
    """The caller's buffer for an INPUT or OUTPUT, or a STATE, row-major."""
    buffer = Buffer(storage, math.prod(shape) * dtype.itemsize, port=port)
    return Tensor(buffer, dtype, shape, contiguous_strides(shape), name=name)


def constant_tensor(array: np.ndarray, name: str = "") -> Tensor:
    """A tensor over a new constant buffer that holds `array` row-major."""
    array = np.asarray(array, order="C")
    buffer = Buffer(Storage.CONSTANT, array.nbytes, data=array)
    return Tensor(
        buffer, DType.of(array.dtype), array.shape, contiguous_strides(array.shape), name=name
    )
