"""Constants that are stored sparsely, as TFLite's schema describes (table SparsityParameters).

Dimensions are traversed in an order of their own, those of blocks after those of the tensor; each
is dense, or has the indices that occur as compressed rows (CSR).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgert._flatbuffers import Table
from edgert_compiler.importer.tflite.schema import member


def densify(values: np.ndarray, sparsity: Table, shape: tuple[int, ...]) -> np.ndarray:
    """The dense array of `shape`; `values` are those that are stored, in order of traversal."""
    order, blocked = sparsity.traversal_order, sparsity.block_map or ()
    dims = [_Dimension(source) for source in sparsity.dim_metadata]
    rank = len(shape)
    blocks = {order[rank + i]: dims[rank + i].size for i in range(len(blocked))}
    dense = np.zeros(shape, values.dtype)
    for value, place in zip(values, _places(dims)):
        index = [0] * rank
        for axis, i in zip(order[:rank], place):
            index[axis] = i
        for n, axis in enumerate(blocked):
            inner = place[order.index(rank + n)]
            index[axis] = index[axis] * blocks[rank + n] + inner
        dense[tuple(index)] = value
    return dense


class _Dimension:
    """One level of the traversal; `size` is that of a dense one."""

    def __init__(self, source: Table) -> None:
        self.size: int = source.dense_size
        self._segments: tuple[int, ...] | None = None
        if source.format == member("DimensionType", "SPARSE_CSR"):
            self._segments = source.array_segments.values
            self._indices = source.array_indices.values

    def entries(self, parent: int) -> Iterator[tuple[int, int]]:
        """(position, index) of what is below the position `parent` of the level above."""
        if self._segments is None:
            yield from ((parent * self.size + i, i) for i in range(self.size))
        else:
            first, last = self._segments[parent : parent + 2]
            yield from ((i, self._indices[i]) for i in range(first, last))


def _places(dims: list[_Dimension]) -> list[tuple[int, ...]]:
    """The index along every level, of each stored value."""
    places: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for dim in dims:
        places = [
            (position, (*place, index))
            for parent, place in places
            for position, index in dim.entries(parent)
        ]
    return [place for _, place in places]
