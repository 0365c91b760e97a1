"""Celu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_compiler.operators.elementwise.base import Elementwise


class Celu(Elementwise):
    op_type = "Celu"
    instruction = "celu"

    def immediates(self, node: ir.Node) -> tuple[float, ...]:
        return (number(node, "alpha", 1.0),)
