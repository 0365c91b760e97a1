"""ScatterND."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required, shape_of
from edgert_compiler.operators.scatter import Scatter


class ScatterND(Scatter):
    op_type = "ScatterND"

    def unsupported(self, node: ir.Node) -> str | None:
        if shape_of(required(node, 1))[-1] == 0:
            return "its tuples of indices are empty"
        return super().unsupported(node)
