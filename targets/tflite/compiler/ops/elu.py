"""Elu with alpha 1."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.nodes import number
from edgert.targets.tflite.compiler.elementwise import Unary


class Elu(Unary):
    op_type = "Elu"
    code = "ELU"

    def unsupported(self, node: ir.Node) -> str | None:
        alpha = number(node, "alpha", 1.0)
        if alpha != 1.0:
            return f"alpha is {alpha:g}; TFLite computes it with 1"
        return super().unsupported(node)
