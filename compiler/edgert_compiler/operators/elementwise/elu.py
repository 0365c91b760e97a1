"""Elu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_compiler.operators.elementwise.base import Elementwise


class Elu(Elementwise):
    op_type = "Elu"
    instruction = "elu"

    def immediates(self, node: ir.Node) -> tuple[float, ...]:
        return (number(node, "alpha", 1.0),)
