"""Reading a bundle without loading it: for inspection and for tests.

Works from bytes alone, on any machine; nothing is executed and no native library is needed. The
runtime itself does not use it: the core validates and reads bundles in C++.
"""

from __future__ import annotations

import os
import struct

from edgert._abi import DTYPE_NAMES
from edgert._flatbuffers import Table, bundle_schema, read_root
from edgert._text import reason
from edgert.errors import BundleError

FOOTER_MAGIC = b"EDGRSUM1"
FOOTER_SIZE = len(FOOTER_MAGIC) + 8
_BODIES = {"if": 2, "loop": 1}
"""Control kernels, and how many bodies their calls have: the numbers of calls are parameters."""


class BundleReader:
    """A bundle's contents.

    `root` is the table `Bundle` of schema/bundle.fbs; its attributes are the fields declared there.

    >>> bundle = BundleReader.open("model.edgert")
    >>> [port.name for port in bundle.root.programs[0].inputs]
    """

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        """Raises BundleError where `data` is not a bundle or is cut off."""
        self.data = memoryview(data)
        self.root: Table = read_root(bundle_schema(), self.data)
        end = self.root.constants_offset + self.root.constants_size
        footer = bytes(self.data[-FOOTER_SIZE:])
        if end + FOOTER_SIZE != len(self.data) or not footer.startswith(FOOTER_MAGIC):
            raise BundleError(
                "the bundle is truncated or damaged: its end is not where it should be"
            )
        self.checksum: int = struct.unpack("<Q", footer[-8:])[0]

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> BundleReader:
        """Reads a bundle file. Raises BundleError where it is missing or not a bundle."""
        try:
            with open(path, "rb") as file:
                return cls(file.read())
        except OSError as error:
            raise BundleError(f"cannot read {os.fspath(path)}: {reason(error)}") from error
        except BundleError as error:
            from edgert import _formats

            told = _formats.no_bundle(path)
            raise BundleError(told or f"{os.fspath(path)}: {error}") from None

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return len(self.data)

    def kernel_name(self, call: Table) -> str:
        """The name of the kernel that a call refers to."""
        return str(self._indexed(self.root.kernels, call.kernel, "kernel").name)

    def bodies(self, program: Table) -> list[tuple[int, range, str]]:
        """The bodies of a program's control calls.

        For each: the number of the control call, the numbers of the calls in the body (those of
        bodies inside of it included), and the control call's kernel.
        """
        found = []
        for index, call in enumerate(program.calls or ()):
            kernel = self.kernel_name(call)
            start = index + 1
            for size in _int32s(call.params, _BODIES.get(kernel, 0)):
                if not 0 <= size <= len(program.calls) - start:
                    raise BundleError("the bundle is damaged: a body lies outside of its program")
                found.append((index, range(start, start + size), kernel))
                start += size
        return found

    def operator_name(self, index: int) -> str:
        """The name of the elementwise operator that an instruction refers to."""
        return str(self._indexed(self.root.operators, index, "operator").name)

    def tensor(self, program: Table, index: int) -> Table:
        """The tensor of a program that a call refers to."""
        return self._indexed(program.tensors, index, "tensor")

    def dtype_name(self, dtype: int) -> str:
        """numpy's name of an element type: dtype_name(1) == "int8"."""
        return DTYPE_NAMES[dtype] if dtype < len(DTYPE_NAMES) else self.enum_name("DType", dtype)

    def verify_checksum(self) -> None:
        """Raises BundleError where the contents are not what was written.

        Raises RuntimeUnavailableError without the native library.
        """
        from edgert import _core

        if _core.checksum(bytes(self.data[:-FOOTER_SIZE])) != self.checksum:
            raise BundleError(
                "the bundle is damaged: its checksum does not match; copy or compile it again"
            )

    def enum_name(self, enum: str, value: int) -> str:
        """The name of an enum value, e.g. enum_name("DType", 1) == "s8"."""
        for name, number in bundle_schema().enums[enum].items():
            if number == value:
                return name
        return f"{enum}({value})"

    def constant(self, offset: int, nbytes: int) -> memoryview:
        """Bytes of the constants region. Raises BundleError where they lie outside of it."""
        if offset + nbytes > self.root.constants_size:
            raise BundleError("the bundle is damaged: a constant lies outside of its region")
        start = self.root.constants_offset + offset
        return self.data[start : start + nbytes]

    def metadata(self) -> dict[str, str]:
        """The provenance entries."""
        return {entry.key: entry.value or "" for entry in self.root.metadata or ()}

    @staticmethod
    def _indexed(items: tuple[Table, ...] | None, index: int, what: str) -> Table:
        if items is None or not 0 <= index < len(items):
            raise BundleError(f"the bundle is damaged: there is no {what} {index}")
        return items[index]


def _int32s(params: object, count: int) -> tuple[int, ...]:
    """The first parameters of a call; missing ones are zero."""
    data = bytes(params or ()) + bytes(4 * count)  # type: ignore[call-overload]
    return struct.unpack_from(f"<{count}i", data)
