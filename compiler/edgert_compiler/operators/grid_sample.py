"""GridSample."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import FLOAT, unsupported_type
from edgert_compiler.operators.base import Operator


class GridSample(Operator):
    """In float: a row of channels is read where the grid says, and the grid is float."""

    op_type = "GridSample"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        return super().unsupported(node) or unsupported_type(node, 1)
