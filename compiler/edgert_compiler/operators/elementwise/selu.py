"""Selu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_compiler.operators.elementwise.base import Elementwise


class Selu(Elementwise):
    op_type = "Selu"
    instruction = "selu"

    def immediates(self, node: ir.Node) -> tuple[float, ...]:
        return number(node, "alpha", 1.6732631921768188), number(node, "gamma", 1.0507010221481323)
