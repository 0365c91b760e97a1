"""Einsum."""

from __future__ import annotations

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer
from edgert_compiler.passes.einsum import Equation, Summation, Term, sizes_agree

_FLOATS = (ir.DataType.FLOAT, ir.DataType.FLOAT16)


class Einsum(Rule):
    """Operand after operand: labels of both that are not needed later are a matrix product's.

    Einsum{"bij,bkj->bik"}(x, y)   =>   MatMul(x, Transpose(y))
    Einsum{"ii->"}(x)              =>   ReduceSum(diagonal of x, as every (n + 1)-th element)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Einsum"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the shapes are known. Raises CompileError for an equation that they do not fit."""
        operands = [value for value in node.inputs if value is not None]
        shapes = [shape for value in operands if (shape := dims(value)) is not None]
        if len(shapes) != len(node.inputs):
            return None
        text = node.attributes.get_string("equation", "") or ""
        equation = Equation.parse(text, [len(shape) for shape in shapes])
        if equation is None or not sizes_agree(equation, shapes):
            raise CompileError(
                f"node '{node.name}' (Einsum): the equation '{text}' does not fit operands of "
                f"shapes {[list(shape) for shape in shapes]}"
            )
        terms = [Term(*term) for term in zip(operands, equation.operands, shapes)]
        summation = Summation(Composer(node), operands[0].dtype in _FLOATS)
        return Rewrite((summation.run(equation, terms),))
