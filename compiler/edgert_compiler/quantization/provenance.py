"""Where a bundle comes from: a digest of its calibration data, for the bundle's metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np

from edgert_compiler.quantization.readers import Feed


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
                self._hash.update(array.view(np.uint8).data if array.size else b"")
            self.samples += 1
            yield feed

    def hexdigest(self) -> str:
        """Of what has passed so far."""
        return self._hash.hexdigest()
