"""The constants region of a bundle: every distinct constant once, aligned for the kernels."""

from __future__ import annotations

import hashlib

import numpy as np

from edgert.compiler.program.ir import Buffer

ALIGNMENT = 64


class ConstantsRegion:
    """Collects constants in order of first use; equal bytes share one place."""

    def __init__(self) -> None:
        self.size = 0
        self._chunks: list[tuple[int, memoryview]] = []
        self._offsets: dict[tuple[int, bytes], int] = {}

    def place(self, buffer: Buffer) -> int:
        """The offset of the buffer's bytes within the region."""
        assert buffer.data is not None
        data = memoryview(np.ascontiguousarray(buffer.data).reshape(-1).view(np.uint8))
        key = (len(data), hashlib.blake2b(data, digest_size=32).digest())
        offset = self._offsets.get(key)
        if offset is None:
            offset = self._offsets[key] = -(-self.size // ALIGNMENT) * ALIGNMENT
            self._chunks.append((offset, data))
            self.size = offset + len(data)
        return offset

    def write_into(self, target: bytearray, start: int) -> None:
        """Copies the region to `target[start:start + size]`; gaps are left as they are."""
        for offset, data in self._chunks:
            target[start + offset : start + offset + len(data)] = data
