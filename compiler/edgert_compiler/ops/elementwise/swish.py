"""Swish: x * sigmoid(alpha * x)."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.program.ir import Instruction


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
