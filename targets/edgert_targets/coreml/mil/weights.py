"""Constants of the graph, plain or quantized, seen through the DequantizeLinear behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.matching import producer
from edgert_compiler.graph.nodes import array_of, axis_of, optional, required


@dataclass(frozen=True, eq=False)
class Weights:
    """Numbers known when compiling.

    `data` is as the graph has it. Where `scale` is given, it is int8 and stands for data * scale,
    with one scale, or one per index of `axis`.
    """

    data: np.ndarray
    scale: np.ndarray | None = None
    axis: int = 0

    @classmethod
    def of(cls, value: ir.Value | None) -> Weights | None:
        """Of a constant or of a dequantized one; None for anything else."""
        array = array_of(value)
        if array is not None:
            return cls(array)
        node = producer(value, "DequantizeLinear")
        data = array_of(node.inputs[0]) if node is not None else None
        if node is None or data is None:
            return None
        scale, zero_point = array_of(required(node, 1)), array_of(optional(node, 2))
        if scale is None or scale.ndim > 1 or (zero_point is not None and zero_point.any()):
            return None
        scale = scale.reshape(()) if scale.size == 1 else scale
        axis = axis_of(node, data.ndim, 1) if scale.ndim else 0
        if data.dtype == np.int8:
            return cls(data, scale.astype(np.float32), axis)
        return cls(data.astype(np.float32) * _along(scale, axis, data.ndim))

    def transposed(self, order: Sequence[int]) -> Weights:
        """The same with its axes permuted."""
        axis = list(order).index(self.axis)
        return Weights(np.ascontiguousarray(self.data.transpose(order)), self.scale, axis)

    def dequantized(self) -> np.ndarray:
        """The numbers it stands for."""
        if self.scale is None:
            return self.data
        return self.data.astype(np.float32) * _along(self.scale, self.axis, self.data.ndim)

    @property
    def blockwise_scale(self) -> np.ndarray:
        """The scales with the rank of the data."""
        assert self.scale is not None
        return _along(self.scale, self.axis, self.data.ndim)


def _along(vector: np.ndarray, axis: int, rank: int) -> np.ndarray:
    if vector.ndim == 0:
        return vector.reshape([1] * rank)
    return vector.reshape([-1 if dim == axis else 1 for dim in range(rank)])
