"""Scattering to constant places, as a selection of rows, for targets that only have that."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert.compiler.lowering.types import unsupported_dynamic
from edgert.compiler.nodes import array_of, axis_of, required, shape_of, string


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
