"""Shapes: what only renames the dimensions of a tensor, and what tells them."""

from __future__ import annotations

import numpy as np

from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder


def _reshape(op: Operator, graph: GraphBuilder) -> None:
    """The output's static shape is the authority."""
    y = graph.reshape(graph.value(op.input(0)), op.outputs[0].shape)
    graph.result(op.outputs[0], y)


def _shape(op: Operator, graph: GraphBuilder) -> None:
    y = graph.constant(op.input(0).shape, op.outputs[0].dtype)
    graph.result(op.outputs[0], y)


def _rank(op: Operator, graph: GraphBuilder) -> None:
    graph.result(op.outputs[0], graph.constant(op.input(0).rank, np.int32))


CONVERTERS = {
    "EXPAND_DIMS": _reshape,
    "RANK": _rank,
    "RESHAPE": _reshape,
    "SHAPE": _shape,
    "SQUEEZE": _reshape,
}
