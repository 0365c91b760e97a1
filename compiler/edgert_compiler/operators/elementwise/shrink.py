"""Shrink."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_compiler.operators.elementwise.base import Elementwise


class Shrink(Elementwise):
    op_type = "Shrink"
    instruction = "shrink"

    def immediates(self, node: ir.Node) -> tuple[float, ...]:
        return number(node, "lambd", 0.5), number(node, "bias", 0.0)
