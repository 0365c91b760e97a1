"""Image files written from scratch, so that readers are not checked against themselves."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

_PNG_COLOUR = {1: 0, 2: 4, 3: 2, 4: 6}  # by channels: gray, gray and alpha, RGB, RGBA


def write_png(path: Path, pixels: np.ndarray) -> Path:
    """A PNG of uint8 or uint16 pixels [H, W, C] (PNG specification, third edition)."""
    height, width, channels = pixels.shape
    depth = 8 * pixels.itemsize
    rows = pixels.astype(f">u{pixels.itemsize}").reshape(height, -1)
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = struct.pack(">IIBBBBB", width, height, depth, _PNG_COLOUR[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))
    return path


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_tiff(
    path: Path,
    data: bytes,
    size: tuple[int, int],
    bits: tuple[int, ...],
    photometric: int,
    sample_format: int = 1,
    byte_order: str = "<",
    orientation: int = 1,
) -> Path:
    """An uncompressed TIFF 6.0 of one strip; size: (height, width)."""
    height, width = size
    short, long = 3, 4
    entries = [
        (256, long, (width,)),
        (257, long, (height,)),
        (258, short, bits),
        (259, short, (1,)),
        (262, short, (photometric,)),
        (273, long, (0,)),  # where the strip begins; known below
        (274, short, (orientation,)),
        (277, short, (len(bits),)),
        (278, long, (height,)),
        (279, long, (len(data),)),
        (339, short, (sample_format,) * len(bits)),
    ]
    behind = 8 + 2 + 12 * len(entries) + 4
    extra = b""
    directory = struct.pack(byte_order + "H", len(entries))
    for tag, kind, values in entries:
        packed = struct.pack(f"{byte_order}{len(values)}{'H' if kind == short else 'I'}", *values)
        if tag == 273:
            packed = struct.pack(byte_order + "I", behind + 64)
        if len(packed) > 4:
            place = behind + len(extra)
            extra += packed.ljust(-(-len(packed) // 4) * 4, b"\0")
            packed = struct.pack(byte_order + "I", place)
        directory += struct.pack(byte_order + "HHI", tag, kind, len(values)) + packed.ljust(
            4, b"\0"
        )
    assert len(extra) <= 64
    mark = b"II" if byte_order == "<" else b"MM"
    head = mark + struct.pack(byte_order + "HI", 42, 8)
    path.write_bytes(head + directory + bytes(4) + extra.ljust(64, b"\0") + data)
    return path
