"""Which elements Trilu keeps."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, integer, optional, required, shape_of
from edgert_compiler.graph.types import unsupported_dynamic


def unsupported_triangle(node: ir.Node) -> str | None:
    """Why the elements are not known when compiling, if they are not."""
    return unsupported_dynamic(node, 1, "the diagonal")


def triangle(node: ir.Node) -> np.ndarray:
    """bool [rows, columns]: where the upper or lower triangle is."""
    given = array_of(optional(node, 1))
    diagonal = 0 if given is None else int(given.reshape(-1)[0])
    rows, columns = shape_of(required(node, 0))[-2:]
    if integer(node, "upper", 1):
        return ~np.tri(rows, columns, diagonal - 1, dtype=bool)
    return np.tri(rows, columns, diagonal, dtype=bool)
