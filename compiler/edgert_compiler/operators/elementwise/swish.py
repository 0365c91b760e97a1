"""Swish: x * sigmoid(alpha * x)."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import number
from edgert_compiler.operators.elementwise.base import Elementwise


class Swish(Elementwise):
    op_type = "Swish"

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        alpha = number(node, "alpha", 1.0)
        if alpha == 1.0:
            return (Instruction("silu", 0, (0,)),)
        return (
            Instruction("constant", 1, (), (alpha,)),
            Instruction("mul", 1, (0, 1)),
            Instruction("sigmoid", 1, (1,)),
            Instruction("mul", 0, (0, 1)),
        )
