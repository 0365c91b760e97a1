"""Pow."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.matching import is_float
from edgert_compiler.graph.nodes import array_of, rank_of, required
from edgert_compiler.graph.types import NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise

_SQUARE = (Instruction("square", 0, (0,)),)


_CUBE = (Instruction("square", 1, (0,)), Instruction("mul", 0, (1, 0)))


class Pow(Elementwise):
    """Squares and cubes of floats are products."""

    op_type = "Pow"
    instruction = "pow"
    types = NUMERIC
    amplifies = True

    def operands(self, node: ir.Node) -> Sequence[int]:
        return (0,) if _products(node) else super().operands(node)

    def instructions(self, node: ir.Node) -> Sequence[Instruction]:
        return _products(node) or super().instructions(node)

    def tabulates(self, node: ir.Node) -> bool:
        """Of constant exponents from 1 on: squares and cubes have no poles."""
        exponent = array_of(node.inputs[1])
        return exponent is not None and bool((exponent >= 1).all())


def _products(node: ir.Node) -> tuple[Instruction, ...]:
    """The instructions for x² and x³, none for other powers."""
    base, exponent = required(node, 0), array_of(node.inputs[1])
    if exponent is None or exponent.size != 1 or exponent.ndim > rank_of(base):
        return ()
    if not is_float(base):
        return ()
    return {2.0: _SQUARE, 3.0: _CUBE}.get(float(exponent.item()), ())
