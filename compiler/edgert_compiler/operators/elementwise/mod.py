"""Mod: the sign of the divisor, or with fmod that of the dividend."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import integer
from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Mod(Elementwise):
    op_type = "Mod"
    types = NUMERIC | DOUBLE
    amplifies = True

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        return (Instruction("fmod" if integer(node, "fmod", 0) else "mod", 0, (0, 1)),)
