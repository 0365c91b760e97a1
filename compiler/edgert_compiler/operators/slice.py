"""Slice."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import unsupported_dynamic
from edgert_compiler.operators.rearrangement import Rearrangement


class Slice(Rearrangement):
    op_type = "Slice"

    def unsupported(self, node: ir.Node) -> str | None:
        names = ("data", "starts", "ends", "axes", "steps")
        reasons = (unsupported_dynamic(node, i, names[i]) for i in range(1, len(node.inputs)))
        return next((reason for reason in reasons if reason is not None), None)
