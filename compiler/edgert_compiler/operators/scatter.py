"""Base of ScatterND and ScatterElements, and their form as a selection of rows."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.limits import MAX_RANK
from edgert_compiler.graph.nodes import array_of, axis_of, rank_of, required, shape_of, string
from edgert_compiler.graph.types import (
    DOUBLE,
    INTEGER,
    NUMERIC,
    unsupported_dynamic,
    unsupported_type,
)
from edgert_compiler.operators.base import Operator


class Scatter(Operator):
    """Data, indices, updates; what is not written is that of the data."""

    def unsupported(self, node: ir.Node) -> str | None:
        if rank_of(required(node, 0)) == 0 or rank_of(required(node, 1)) >= MAX_RANK:
            return f"takes data of rank 1 to {MAX_RANK - 1}"
        if string(node, "reduction", "none") != "none":
            reason = unsupported_type(node, 0, NUMERIC | DOUBLE)
            if reason is not None:
                return reason
        return unsupported_type(node, 1, INTEGER)


def unsupported_scatter(node: ir.Node) -> str | None:
    """Why ScatterND or ScatterElements is no selection of rows, if it is none."""
    reduction = string(node, "reduction", "none")
    if reduction != "none":
        return f"its reduction is {reduction}"
    return unsupported_dynamic(node, 1, "the places")


def selected_rows(node: ir.Node) -> tuple[np.ndarray, int]:
    """Rows of [data; updates] that are the rows of the output, and how long a row is.

    Both are read as matrices: their last axes, which the tuples of ScatterND leave out, are a row.
    """
    shape, places = shape_of(required(node, 0)), array_of(required(node, 1))
    assert places is not None
    depth = places.shape[-1] if node.op_type == "ScatterND" else len(shape)
    rows = np.arange(math.prod(shape[:depth])).reshape(shape[:depth])
    updates = math.prod(places.shape[:-1] if node.op_type == "ScatterND" else places.shape)
    written = rows.size + np.arange(updates)
    if node.op_type == "ScatterND":
        rows[tuple(places.reshape(-1, depth).T)] = written
    else:
        axis = axis_of(node, depth, 0)
        index = np.indices(places.shape)
        index[axis] = places
        rows[tuple(index)] = written.reshape(places.shape)
    return rows.reshape(-1), math.prod(shape[depth:])
