"""Where: SELECT_V2."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import BOOL, NUMERIC, unsupported_type
from edgert_targets.tflite.compiler.elementwise import Elementwise, too_many_axes


class Where(Elementwise):
    op_type = "Where"
    code = "SELECT_V2"
    ranks = 5

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            unsupported_type(node, 0, BOOL)
            or unsupported_type(node, 1, NUMERIC | BOOL)
            or too_many_axes(node, self.ranks)
        )
