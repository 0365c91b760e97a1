"""Mod with the sign of the divisor: FLOOR_MOD."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer
from edgert_compiler.graph.types import NUMERIC
from edgert_targets.tflite.compiler.elementwise import Elementwise


class Mod(Elementwise):
    op_type = "Mod"
    code = "FLOOR_MOD"
    types = NUMERIC

    def unsupported(self, node: ir.Node) -> str | None:
        if integer(node, "fmod", 0):
            return "fmod takes the sign of the dividend; TFLite has that of the divisor only"
        return super().unsupported(node)
