"""What a build and a session are made of: kernels, calls, tensors. Private.

For the compiler, for profiles and for debugging; nothing that a run needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_char,
    c_char_p,
    c_float,
    c_int32,
    c_int64,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import TYPE_CHECKING, NamedTuple

from edgert._abi import DTYPE_NAMES, MAX_RANK, library, text
from edgert._core import Session

if TYPE_CHECKING:
    import numpy as np


class _Tensor(Structure):
    """`edgert_tensor`."""

    _fields_ = [
        ("name", c_char_p),
        ("dtype", c_int32),
        ("rank", c_int32),
        ("shape", c_int32 * MAX_RANK),
        ("strides", c_int64 * MAX_RANK),
        ("data", c_void_p),
        ("scale", c_float),
        ("zero_point", c_int32),
    ]


class _ParamField(Structure):
    """`edgert_param_field`."""

    _fields_ = [("name", c_char_p), ("type", c_char), ("offset", c_uint32), ("count", c_uint32)]


class _KernelInfo(Structure):
    """`edgert_kernel_info`."""

    _fields_ = [
        ("name", c_char_p),
        ("version", c_uint32),
        ("params_size", c_uint32),
        ("fields", POINTER(_ParamField)),
        ("field_count", c_uint32),
    ]


class ParamField(NamedTuple):
    """One field of a kernel's parameters; `type` is "i" (int32) or "f" (float32)."""

    name: str
    type: str
    offset: int
    count: int  # type: ignore[assignment]  # hides tuple.count


class KernelInfo(NamedTuple):
    """A kernel that bundles may call; `params_size` and offsets are in bytes."""

    name: str
    version: int
    params_size: int
    fields: tuple[ParamField, ...]


def kernels() -> Mapping[tuple[str, int], KernelInfo]:
    """The kernels of the native library, by name and version."""
    found = {}
    for index in range(library().edgert_kernels()):
        info = _KernelInfo()
        library().edgert_kernel(index, byref(info))
        fields = tuple(
            ParamField(text(f.name), text(f.type), f.offset, f.count)
            for f in info.fields[: info.field_count]
        )
        name = text(info.name)
        found[name, info.version] = KernelInfo(name, info.version, info.params_size, fields)
    return found


def elementwise_operators() -> tuple[str, ...]:
    """The names that instructions of elementwise kernels may use, sorted."""
    names: list[str] = []
    while (name := library().edgert_elementwise_operator(len(names))) is not None:
        names.append(text(name))
    return tuple(sorted(names))


class TensorInfo(NamedTuple):
    """A tensor inside a program, in physical order.

    `dtype` is numpy's name; `strides` are in elements.
    `scale` is 0 where the tensor is not quantized per tensor. `address` is that of element 0, 0
    for inputs and outputs of the program.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index
    name: str
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    scale: float
    zero_point: int
    address: int

    def copy(self) -> np.ndarray:
        """The current contents, as a contiguous array."""
        import numpy as np

        from edgert._arrays import numpy_dtype

        dtype = numpy_dtype(self.dtype)
        reach = [(dim - 1) * stride for dim, stride in zip(self.shape, self.strides)]
        first = sum(r for r in reach if r < 0) * dtype.itemsize
        size = sum(map(abs, reach)) * dtype.itemsize + dtype.itemsize
        memory = (c_char * size).from_address(self.address + first)
        steps = [stride * dtype.itemsize for stride in self.strides]
        view: np.ndarray = np.ndarray(self.shape, dtype, memoryview(memory), -first, steps)
        return np.array(view)


def tensors(session: Session) -> list[TensorInfo]:
    """The tensors of the program."""
    found = []
    for index in range(library().edgert_session_tensors(session.handle)):
        tensor = _Tensor()
        library().edgert_session_tensor(session.handle, index, byref(tensor))
        found.append(
            TensorInfo(
                index,
                text(tensor.name),
                DTYPE_NAMES[tensor.dtype],
                tuple(tensor.shape[: tensor.rank]),
                tuple(tensor.strides[: tensor.rank]),
                tensor.scale,
                tensor.zero_point,
                tensor.data or 0,
            )
        )
    return found


class CallProfile(NamedTuple):
    """The time that one kernel call took; `name` is that of the ONNX node it stands for."""

    name: str
    kernel: str
    nanoseconds: int


def profile(session: Session, run: Callable[[], None]) -> list[CallProfile]:
    """Calls `run()`, which runs the session, and gives the time of each call, in order."""
    native, handle = library(), session.handle
    calls = range(native.edgert_session_calls(handle))
    nanoseconds = (c_uint64 * len(calls))()
    native.edgert_session_profile(handle, nanoseconds)
    try:
        run()
    finally:
        native.edgert_session_profile(handle, None)
    return [
        CallProfile(
            text(native.edgert_session_call_name(handle, call)),
            text(native.edgert_session_call_kernel(handle, call)),
            nanoseconds[call],
        )
        for call in calls
    ]
