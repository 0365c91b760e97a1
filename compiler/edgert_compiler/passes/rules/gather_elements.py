"""GatherElements as a gather of single elements."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class GatherElements(Rule):
    """Every element has an address in the flat data.

    GatherElements{axis}(x, i)   =>   Gather(Reshape(x, [-1]), wrap(i) * stride + rest)

    `rest`, what the other axes add to the address, is one small constant for each of them.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"GatherElements"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where both shapes are known."""
        x, indices = node.inputs
        assert x is not None
        assert indices is not None
        shape, wanted = dims(x), dims(indices)
        if shape is None or wanted is None or indices.dtype is None:
            return None
        axis = int(node.attributes.get_int("axis", 0)) % len(shape)
        strides = [math.prod(shape[a + 1 :]) for a in range(len(shape))]
        address = scaled(wrapped(indices, shape[axis], node), strides[axis], node)
        for other, stride in enumerate(strides):
            if other != axis and wanted[other] > 1:
                steps = np.arange(wanted[other], dtype=np.int64) * stride
                address = emit("Add", [address, _along(steps, other, len(shape), node)])
        flat = emit("Reshape", [x, new_constant(np.array([-1]), f"{node.name}_flat")])
        return Rewrite((emit("Gather", [flat, address], {"axis": 0}),))


def wrapped(indices: ir.Value, size: int, node: ir.Node) -> ir.Value:
    """Indices as int64, negative ones counted from the end of an axis."""
    if indices.dtype != ir.DataType.INT64:
        indices = emit("Cast", [indices], {"to": int(ir.DataType.INT64)})
    zero = new_constant(np.array(0, np.int64), f"{node.name}_zero")
    length = new_constant(np.array(size, np.int64), f"{node.name}_length")
    from_end = emit("Add", [indices, length])
    return emit("Where", [emit("Less", [indices, zero]), from_end, indices])


def scaled(indices: ir.Value, stride: int, node: ir.Node) -> ir.Value:
    """Indices times the elements between neighbours."""
    factor = new_constant(np.array(stride, np.int64), f"{node.name}_stride")
    return emit("Mul", [indices, factor]) if stride != 1 else indices


def _along(values: np.ndarray, axis: int, rank: int, node: ir.Node) -> ir.Value:
    shape: Sequence[int] = [values.size if a == axis else 1 for a in range(rank)]
    return new_constant(values.reshape(shape), f"{node.name}_axis{axis}")
