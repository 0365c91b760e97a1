"""Gelu, exact or with the tanh approximation."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import string
from edgert_compiler.operators.elementwise.base import Elementwise


class Gelu(Elementwise):
    op_type = "Gelu"

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        tanh = string(node, "approximate", "none") == "tanh"
        return (Instruction("gelu_tanh" if tanh else "gelu", 0, (0,)),)
