"""Constants that are stored sparsely, as TFLite's schema describes (table SparsityParameters).

Dimensions are traversed in an order of their own, those of blocks after those of the tensor; each
is dense, or has the indices that occur as compressed rows (CSR).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tflite

_INDEX_VECTORS = {
    tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
    tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
    tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
}


def densify(values: np.ndarray, sparsity: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The dense array of `shape`; `values` are those that are stored, in order of traversal."""
    order = [int(i) for i in sparsity.TraversalOrderAsNumpy()]
    blocked = [int(i) for i in sparsity.BlockMapAsNumpy()] if sparsity.BlockMapLength() else []
    dims = [_Dimension(sparsity.DimMetadata(i)) for i in range(sparsity.DimMetadataLength())]
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

    def __init__(self, source: Any) -> None:
        self.size = int(source.DenseSize())
        self._segments = None
        if source.Format() == tflite.DimensionType.SPARSE_CSR:
            self._segments = _vector(source.ArraySegments(), source.ArraySegmentsType())
            self._indices = _vector(source.ArrayIndices(), source.ArrayIndicesType())

    def entries(self, parent: int) -> Iterator[tuple[int, int]]:
        """(position, index) of what is below the position `parent` of the level above."""
        if self._segments is None:
            yield from ((parent * self.size + i, i) for i in range(self.size))
        else:
            first, last = int(self._segments[parent]), int(self._segments[parent + 1])
            yield from ((i, int(self._indices[i])) for i in range(first, last))


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


def _vector(table: Any, kind: int) -> np.ndarray:
    vector = _INDEX_VECTORS[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy())
