"""GatherND as a gather of rows."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class GatherND(Rule):
    """Tuples of indices become the numbers of rows.

    GatherND(x, i)   =>   Reshape(Gather(Reshape(x, [rows, -1]), ReduceSum(wrap(i) * strides)))

    With `batch_dims`, the number of the batch is a constant part of a row's number.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"GatherND"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where all shapes are known."""
        x, indices = node.inputs
        assert x is not None
        assert indices is not None
        shape, wanted, result = dims(x), dims(indices), dims(node.outputs[0])
        if shape is None or wanted is None or result is None:
            return None
        batch = int(node.attributes.get_int("batch_dims", 0))
        depth = wanted[-1]
        indexed = shape[batch : batch + depth]
        rows = emit(
            "Reshape",
            [x, _ints(node, "rows", [math.prod(shape[: batch + depth]), -1])],
        )
        numbers = emit("ReduceSum", [_addresses(node, indices, indexed), _ints(node, "axes", [-1])])
        if batch:
            starts = np.arange(math.prod(shape[:batch]), dtype=np.int64) * math.prod(indexed)
            starts = starts.reshape(*shape[:batch], *(1 for _ in wanted[batch:]))
            numbers = emit("Add", [numbers, new_constant(starts, f"{node.name}_batches")])
        flat = emit("Reshape", [numbers, _ints(node, "numbers", [-1])])
        gathered = emit("Gather", [rows, flat], {"axis": 0})
        return Rewrite((emit("Reshape", [gathered, _ints(node, "shape", list(result))]),))


def _addresses(node: ir.Node, indices: ir.Value, indexed: tuple[int, ...]) -> ir.Value:
    """Each index, counted from the start, times the rows that it skips."""
    lengths = _ints(node, "lengths", list(indexed))
    strides = [math.prod(indexed[a + 1 :]) for a in range(len(indexed))]
    negative = emit("Less", [indices, new_constant(np.array(0, np.int64), f"{node.name}_zero")])
    positive = emit("Where", [negative, emit("Add", [indices, lengths]), indices])
    return emit("Mul", [positive, _ints(node, "strides", strides)])


def _ints(node: ir.Node, what: str, values: list[int]) -> ir.Value:
    return new_constant(np.array(values, np.int64), f"{node.name}_{what}")
