"""Short words for rules that put several operators in a node's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant


@dataclass(frozen=True, eq=False)
class Composer:
    """Builds values; constants are named after `node`, the node that is replaced."""

    node: ir.Node

    def constant(self, array: np.ndarray, what: str = "constant") -> ir.Value:
        """A constant with the name of the node."""
        return new_constant(np.asarray(array), f"{self.node.name}_{what}")

    def ints(self, values: Sequence[int]) -> ir.Value:
        """An int64 vector: a shape, axes, amounts."""
        return self.constant(np.array(values, np.int64), "ints")

    def float32(self, op: str, *operands: ir.Value | float, **attributes: object) -> ir.Value:
        """An operator on float32 values and numbers."""
        values = [
            v if isinstance(v, ir.Value) else self.constant(np.array(v, np.float32), "number")
            for v in operands
        ]
        return emit(op, values, attributes)

    def int64(self, op: str, *operands: ir.Value | int, **attributes: object) -> ir.Value:
        """An operator on int64 values and numbers."""
        values = [
            v if isinstance(v, ir.Value) else self.constant(np.array(v, np.int64), "number")
            for v in operands
        ]
        return emit(op, values, attributes)

    def reshape(self, value: ir.Value, shape: Sequence[int]) -> ir.Value:
        """The elements in row-major order as another shape, all of it known."""
        return emit("Reshape", [value, self.ints(shape)], {"allowzero": 1})

    def transpose(self, value: ir.Value, *perm: int) -> ir.Value:
        """The axes in another order."""
        return emit("Transpose", [value], {"perm": perm})

    def slice(self, value: ir.Value, axis: int, start: int, stop: int, step: int = 1) -> ir.Value:
        """Elements start, start + step, ... before stop along one axis, none of them negative."""
        return emit("Slice", [value, *(self.ints([v]) for v in (start, stop, axis, step))])

    def pad(self, value: ir.Value, begin: Sequence[int], end: Sequence[int]) -> ir.Value:
        """Zeros before and after along every axis; the value itself where there are none."""
        if not any(begin) and not any(end):
            return value
        return emit("Pad", [value, self.ints([*begin, *end])])

    def cast(self, value: ir.Value, dtype: ir.DataType) -> ir.Value:
        """Another element type."""
        return emit("Cast", [value], {"to": int(dtype)})

    def reduce(self, op: str, value: ir.Value, axes: Sequence[int], keep: bool = False) -> ir.Value:
        """A reduction over axes."""
        return emit(op, [value, self.ints(axes)], {"keepdims": int(keep)})
