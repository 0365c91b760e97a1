"""Older forms of choosing between two tensors."""

from __future__ import annotations

from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder


def _select(op: Operator, graph: GraphBuilder) -> None:
    """A condition of rank 1 chooses whole rows."""
    condition, x, y = op.input(0), op.input(1), op.input(2)
    chosen = graph.value(condition)
    if condition.rank == 1 and x.rank > 1:
        chosen = graph.reshape(chosen, [condition.shape[0]] + [1] * (x.rank - 1))
    graph.result(op.outputs[0], graph.node("Where", chosen, graph.value(x), graph.value(y)))


CONVERTERS = {"SELECT": _select}
