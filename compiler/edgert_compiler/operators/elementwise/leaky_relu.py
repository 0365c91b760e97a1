"""LeakyRelu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_compiler.operators.elementwise.base import Elementwise


class LeakyRelu(Elementwise):
    op_type = "LeakyRelu"
    instruction = "leaky_relu"

    def immediates(self, node: ir.Node) -> tuple[float, ...]:
        return (number(node, "alpha", 0.01),)
