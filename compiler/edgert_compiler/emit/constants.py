"""The constants region of a bundle: every distinct constant once, aligned for the kernels."""

from __future__ import annotations

import hashlib
import mmap

import numpy as np

from edgert_compiler.program.ir import Buffer

ALIGNMENT = 64
HALVES_ALIGNMENT = ALIGNMENT // 2  # so that the floats which they become are aligned


class ConstantsRegion:
    """Collects constants in order of first use; equal bytes share one place."""

    def __init__(self, alignment: int = ALIGNMENT) -> None:
        self.size = 0
        self._alignment = alignment
        self._chunks: list[tuple[int, memoryview]] = []
        self._by_content: dict[bytes, int] = {}
        self._by_buffer: dict[Buffer, int] = {}

    def place(self, buffer: Buffer) -> int:
        """The offset of the buffer's bytes within the region."""
        if buffer not in self._by_buffer:
            self._by_buffer[buffer] = self._place_content(buffer)
        return self._by_buffer[buffer]

    def _place_content(self, buffer: Buffer) -> int:
        assert buffer.data is not None
        return self.place_bytes(np.ascontiguousarray(buffer.data).reshape(-1).view(np.uint8).data)

    def place_bytes(self, data: bytes | memoryview) -> int:
        """The offset of a copy of `data` within the region."""
        key = hashlib.blake2b(data, digest_size=32).digest()
        offset = self._by_content.get(key)
        if offset is None:
            offset = self._by_content[key] = -(-self.size // self._alignment) * self._alignment
            self._chunks.append((offset, memoryview(data)))
            self.size = offset + len(data)
        return offset

    def contents(self) -> bytes:
        """The region's bytes."""
        region = bytearray(self.size)
        self.write_into(region, 0)
        return bytes(region)

    def write_into(self, target: mmap.mmap | bytearray, start: int) -> None:
        """Copies the region to `target[start:start + size]`; gaps are left as they are."""
        for offset, data in self._chunks:
            target[start + offset : start + offset + len(data)] = data
