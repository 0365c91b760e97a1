"""The native library as Python objects. Private; session.py is the public face.

numpy is imported only to hand out the contents of tensors.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Mapping
from ctypes import byref, c_char, c_uint64, c_void_p
from typing import TYPE_CHECKING, Any, NamedTuple

from edgert import _abi
from edgert._abi import DTYPE_NAMES, check, library, text
from edgert.errors import BundleError, InputError

if TYPE_CHECKING:
    import numpy as np


def version() -> str:
    """The version of the native library."""
    return text(library().edgert_version())


def isa() -> str:
    """The instruction set that kernels were chosen for."""
    return text(library().edgert_isa())


def default_threads() -> int:
    """Threads of a session that asks for none."""
    return int(library().edgert_default_threads())


def checksum(data: bytes) -> int:
    """XXH3, 64 bit."""
    return int(library().edgert_checksum(data, len(data)))


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
        info = _abi.KernelInfo()
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


class PortInfo(NamedTuple):
    """A graph input or output; `dtype` is numpy's name."""

    name: str
    dtype: str
    shape: tuple[int, ...]


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

        dtype = np.dtype(self.dtype)
        reach = [(dim - 1) * stride for dim, stride in zip(self.shape, self.strides)]
        first = sum(r for r in reach if r < 0) * dtype.itemsize
        size = sum(map(abs, reach)) * dtype.itemsize + dtype.itemsize
        memory = (c_char * size).from_address(self.address + first)
        steps = [stride * dtype.itemsize for stride in self.strides]
        view: np.ndarray = np.ndarray(self.shape, dtype, memoryview(memory), -first, steps)
        return np.array(view)


class Model:
    """A loaded bundle: the file stays mapped, or the bytes stay copied, until this is deleted."""

    def __init__(self, source: str | bytes | os.PathLike[str] | Any, verify: bool = True) -> None:
        """`source` is a path or the bytes of a bundle. Raises BundleError."""
        self._library = library()
        self._handle = c_void_p()
        self._memory: mmap.mmap | None = None
        flags = 0 if verify else _abi.SKIP_CHECKSUM
        message = _abi.ErrorMessage()
        if isinstance(source, (bytes, bytearray, memoryview)):
            address, size = self._copy(source)
            status = self._library.edgert_model_from_memory(
                address, size, flags, byref(self._handle), byref(message)
            )
        else:
            status = self._library.edgert_model_open(
                _path_bytes(source), flags, byref(self._handle), byref(message)
            )
        check(status, message, system_error=BundleError)

    def _copy(self, source: bytes | bytearray | memoryview) -> tuple[Any, int]:
        """An aligned copy: the core wants 64 bytes, pages have more."""
        size = memoryview(source).nbytes
        self._memory = mmap.mmap(-1, max(size, 1))
        self._memory[:size] = bytes(source)
        return byref(c_char.from_buffer(self._memory)), size

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle:
            self._library.edgert_model_close(handle)
            handle.value = None

    @property
    def handle(self) -> c_void_p:
        """The edgert_model*."""
        return self._handle

    def metadata(self, key: str) -> str | None:
        """The value of a metadata key, "preprocessing" and "target" too."""
        value = self._library.edgert_model_metadata(self._handle, key.encode())
        return None if value is None else text(value)

    def labels(self) -> list[str]:
        """Class names, where the bundle has them."""
        count = self._library.edgert_model_labels(self._handle)
        return [text(self._library.edgert_model_label(self._handle, i)) for i in range(count)]


def _path_bytes(source: Any) -> bytes:
    try:
        path = os.fsencode(source)
    except TypeError:
        raise InputError(
            f"a bundle is given as a path or as bytes, not as {type(source).__name__}"
        ) from None
    if b"\0" in path:
        raise BundleError(f"cannot read {source!r}: a path has no NUL characters")
    return path


class Session:
    """A program of a model with its memory and threads. Not safe for concurrent use."""

    def __init__(self, model: Model, program: int = 0, threads: int | None = None) -> None:
        """Raises BundleError where the program makes no sense."""
        self._library = library()
        self._handle = c_void_p()
        self._model = model  # lives longer
        message = _abi.ErrorMessage()
        status = self._library.edgert_session_create(
            model.handle, program, threads or 0, byref(self._handle), byref(message)
        )
        check(status, message)
        self.inputs = self._ports("input")
        self.outputs = self._ports("output")
        self._input_pointers = (c_void_p * len(self.inputs))()
        self._output_pointers = (c_void_p * len(self.outputs))()
        self._run = self._library.edgert_session_run

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle:
            self._library.edgert_session_destroy(handle)
            handle.value = None

    def _ports(self, kind: str) -> tuple[PortInfo, ...]:
        count = getattr(self._library, f"edgert_session_{kind}s")(self._handle)
        query = getattr(self._library, f"edgert_session_{kind}")
        port = _abi.Port()
        ports = []
        for index in range(count):
            query(self._handle, index, byref(port))
            shape = tuple(port.shape[: port.rank])
            ports.append(PortInfo(text(port.name), DTYPE_NAMES[port.dtype], shape))
        return tuple(ports)

    @property
    def threads(self) -> int:
        """How many threads run it, the caller's included."""
        return int(self._library.edgert_session_threads(self._handle))

    @property
    def memory(self) -> int:
        """Bytes of arena and scratch."""
        return int(self._library.edgert_session_memory(self._handle))

    def run(self, inputs: list[int], outputs: list[int]) -> None:
        """Runs once over buffers at these addresses, one for each port."""
        self._input_pointers[:] = inputs  # type: ignore[assignment]
        self._output_pointers[:] = outputs  # type: ignore[assignment]
        message = _abi.ErrorMessage()
        status = self._run(
            self._handle, self._input_pointers, self._output_pointers, byref(message)
        )
        check(status, message)

    def calls(self) -> list[tuple[str, str]]:
        """(kernel, node name) of each call, in order."""
        kernel = self._library.edgert_session_call_kernel
        name = self._library.edgert_session_call_name
        count = self._library.edgert_session_calls(self._handle)
        return [(text(kernel(self._handle, i)), text(name(self._handle, i))) for i in range(count)]

    def profiled(self, run: Callable[[], None]) -> list[int]:
        """Calls `run()`, which runs this session, and gives the nanoseconds of each call."""
        nanoseconds = (c_uint64 * len(self.calls()))()
        self._library.edgert_session_profile(self._handle, nanoseconds)
        try:
            run()
        finally:
            self._library.edgert_session_profile(self._handle, None)
        return list(nanoseconds)

    def tensors(self) -> list[TensorInfo]:
        """The tensors of the program."""
        found = []
        for index in range(self._library.edgert_session_tensors(self._handle)):
            tensor = _abi.Tensor()
            self._library.edgert_session_tensor(self._handle, index, byref(tensor))
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
