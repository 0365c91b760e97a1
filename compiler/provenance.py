"""Where a bundle comes from: digests of its sources, for the bundle's metadata."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx

from edgert.compiler.quantization.readers import Feed


def source_digest(source: str | os.PathLike[str] | bytes | onnx.ModelProto) -> str:
    """SHA-256 of the model: of the file (without external data), the bytes, or the proto.

    Raises OSError where the file cannot be read.
    """
    if isinstance(source, onnx.ModelProto):
        data = source.SerializeToString(deterministic=True)
    else:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    return hashlib.sha256(data).hexdigest()


class FeedDigest:
    """SHA-256 over all arrays that pass through, names and shapes included."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.samples = 0

    def watch(self, feeds: Iterable[Feed]) -> Iterator[Feed]:
        """The same feeds, counted and added to the digest."""
        for feed in feeds:
            for name in sorted(feed):
                array = np.ascontiguousarray(feed[name])
                self._hash.update(f"{name} {array.dtype} {array.shape}\n".encode())
                self._hash.update(array.data)
            self.samples += 1
            yield feed

    def hexdigest(self) -> str:
        """Of what has passed so far."""
        return self._hash.hexdigest()
