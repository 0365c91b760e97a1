"""Mod."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer
from edgert_targets.coreml.mil.elementwise import Binary
from edgert_targets.coreml.mil.types import Kind


class Mod(Binary):
    """The result has the sign of the divisor, as in Python."""

    op_type = "Mod"
    kinds = frozenset({Kind.INT})
    operation = "mod"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return "fmod=1 has no counterpart in MIL" if integer(node, "fmod", 0) else None
