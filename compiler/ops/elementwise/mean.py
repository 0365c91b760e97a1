"""Mean of any number of inputs."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.compiler.lowering.elementwise_op import Variadic
from edgert.compiler.program.ir import Instruction


class Mean(Variadic):
    op_type = "Mean"
    instruction = "add"

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        count = len(node.inputs)
        return (
            *super().instructions(node),
            Instruction("constant", count, (), (float(count),)),
            Instruction("div", 0, (0, count)),
        )
