"""Gelu, exact or with the tanh approximation."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import string
from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.program.ir import Instruction


class Gelu(Elementwise):
    op_type = "Gelu"

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        tanh = string(node, "approximate", "none") == "tanh"
        return (Instruction("gelu_tanh" if tanh else "gelu", 0, (0,)),)
