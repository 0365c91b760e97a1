"""The native library as Python objects. Private; session.py is the public face.

Everything here is on the way to the first run of a program, so it imports little: what tells of
kernels, tensors and times is in _introspection.py.
"""

from __future__ import annotations

import os
from ctypes import byref, c_char, c_int32, c_void_p
from typing import TYPE_CHECKING, Any

from edgert import _abi
from edgert._abi import ALL_PROGRAMS, DTYPE_NAMES, check, library, text
from edgert.errors import BundleError, InputError

if TYPE_CHECKING:
    import mmap


def version() -> str:
    """The version of the native library."""
    return text(library().edgert_version())


def isa() -> str:
    """The instruction set that kernels were chosen for."""
    return text(library().edgert_isa())


def default_threads() -> int:
    """Threads of a session that asks for none."""
    return int(library().edgert_default_threads())


def checksum(data: bytes | memoryview) -> int:
    """XXH3, 64 bit. A memoryview is a writable one, of bytes."""
    source = data if isinstance(data, bytes) else byref(c_char.from_buffer(data))
    return int(library().edgert_checksum(source, len(data)))


# Of a graph input or output: name, numpy's name of the element type, shape; and of an output, by
# axis, the number of the output that tells, after a run, how many entries it has.
PortInfo = tuple[str, str, list[int], dict[int, int], "tuple[float, int] | None"]


class Model:
    """A loaded bundle: the file stays mapped, or the bytes stay copied, until this is deleted."""

    def __init__(self, source: str | bytes | os.PathLike[str] | Any, verify: bool = True) -> None:
        """`source` is a path or the bytes of a bundle; an mmap.mmap is used where it lies.

        Raises BundleError.
        """
        self._library = library()
        self._handle = c_void_p()
        self._memory: mmap.mmap | None = None
        flags = 0 if verify else _abi.SKIP_CHECKSUM
        message = _abi.ErrorMessage()
        if isinstance(source, (bytes, bytearray, memoryview)) or type(source).__name__ == "mmap":
            address, size = self._aligned(source)
            status = self._library.edgert_model_from_memory(
                address, size, flags, byref(self._handle), byref(message)
            )
        else:
            status = self._library.edgert_model_open(
                _path_bytes(source), flags, byref(self._handle), byref(message)
            )
        try:
            check(status, message, system_error=BundleError)
        except BundleError:
            from edgert import _formats

            told = _formats.no_bundle(source)
            if told is None:
                raise
            raise BundleError(told) from None

    def _aligned(self, source: Any) -> tuple[Any, int]:
        """Address and size of the bytes, in pages: the core wants them aligned to 64."""
        import mmap

        if isinstance(source, mmap.mmap):
            self._memory, size = source, len(source)
        else:
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


def _port_info(port: _abi.Port) -> PortInfo:
    quantization = (port.scale, port.zero_point) if port.scale else None
    return text(port.name), DTYPE_NAMES[port.dtype], port.shape[: port.rank], {}, quantization


class Session:
    """Programs of a model with their memory and threads. Not safe for concurrent use.

    `programs` has the inputs and outputs of each; the first one is selected.
    """

    def __init__(
        self, model: Model, program: int = ALL_PROGRAMS, threads: int | None = None
    ) -> None:
        """Binds one program or all. Raises BundleError where one makes no sense."""
        self._library = library()
        self._handle = c_void_p()
        self._model = model  # lives longer
        message = _abi.ErrorMessage()
        status = self._library.edgert_session_create(
            model.handle, program, threads or 0, byref(self._handle), byref(message)
        )
        check(status, message)
        self.programs = self._programs()
        inputs, outputs = self.programs[0]
        self._input_pointers = (c_void_p * len(inputs))()
        self._output_pointers = (c_void_p * len(outputs))()
        self._message = message
        self._run = self._library.edgert_session_run
        self._arguments = (
            self._handle,
            self._input_pointers,
            self._output_pointers,
            byref(message),
        )

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle:
            self._library.edgert_session_destroy(handle)
            handle.value = None

    def _programs(self) -> list[tuple[list[PortInfo], list[PortInfo]]]:
        found = []
        for index in range(self._library.edgert_session_programs(self._handle)):
            self.select(index)
            found.append((self._ports("input"), self._outputs()))
        self.select(0)
        return found

    def _ports(self, kind: str) -> list[PortInfo]:
        count = getattr(self._library, f"edgert_session_{kind}s")(self._handle)
        query = getattr(self._library, f"edgert_session_{kind}")
        port = _abi.Port()
        ports = []
        for index in range(count):
            query(self._handle, index, byref(port))
            ports.append(_port_info(port))
        return ports

    def _outputs(self) -> list[PortInfo]:
        sizes = (c_int32 * _abi.MAX_RANK)()
        found = self._ports("output")
        for index, port in enumerate(found):
            self._library.edgert_session_output_sizes(self._handle, index, sizes)
            port[3].update({axis: teller for axis, teller in enumerate(sizes) if teller >= 0})
        return found

    def states(self) -> list[tuple[PortInfo, int]]:
        """The declared states, each with its address."""
        found = []
        port, address = _abi.Port(), c_void_p()
        for index in range(self._library.edgert_session_states(self._handle)):
            self._library.edgert_session_state(self._handle, index, byref(port), byref(address))
            found.append((_port_info(port), address.value or 0))
        return found

    def reset_state(self) -> None:
        """Gives every state its first contents again."""
        self._library.edgert_session_reset_state(self._handle)

    def select(self, program: int) -> None:
        """Makes a program the one that runs and that calls and tensors are asked of."""
        check(self._library.edgert_session_select(self._handle, program), _abi.ErrorMessage())

    @property
    def handle(self) -> c_void_p:
        """The edgert_session*."""
        return self._handle

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
        status = self._run(*self._arguments)
        if status != 0:
            check(status, self._message)
