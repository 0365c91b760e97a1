"""Pow."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_targets.coreml.mil.elementwise import Binary
from edgert_targets.coreml.mil.types import Kind


class Pow(Binary):
    op_type = "Pow"
    kinds = frozenset({Kind.FLOAT})
    operation = "pow"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        exponent = required(node, 1).dtype
        if exponent != ir.DataType.FLOAT:
            return f"its exponent is {exponent}; Core ML takes float"
        return None
