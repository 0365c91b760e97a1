"""The weight file of an ML Program: MIL's blob storage, version 2.

A header of 64 bytes (u32 count, u32 version), then blobs, each described by 64 aligned bytes: u32
0xDEADBEEF, u32 element type, u64 size in bytes, u64 offset of the elements in the file.
"""

import struct
from dataclasses import dataclass

import numpy as np

_SENTINEL = 0xDEADBEEF
_ALIGNMENT = 64
_TYPES = {
    1: np.float16,
    2: np.float32,
    3: np.uint8,
    4: np.int8,
    6: np.int16,
    7: np.uint16,
    14: np.int32,
    15: np.uint32,
}


@dataclass(frozen=True)
class Blobs:
    """The bytes of a weight file, the header checked."""

    data: bytes

    def __post_init__(self):
        count, version = struct.unpack_from("<II", self.data)
        assert version == 2, f"version {version}"
        assert count > 0

    def read(self, offset: int, dtype: type, shape: tuple[int, ...]) -> np.ndarray:
        """The array whose description is at `offset`; it must be of this type and shape."""
        assert offset % _ALIGNMENT == 0
        sentinel, element, size, start = struct.unpack_from("<IIQQ", self.data, offset)
        assert sentinel == _SENTINEL
        assert _TYPES[element] == dtype, f"{_TYPES[element]} stored for {dtype}"
        assert start % _ALIGNMENT == 0
        count = int(np.prod(shape))
        assert size == count * np.dtype(dtype).itemsize
        return np.frombuffer(self.data, dtype, count, start).reshape(shape)
