"""Pow."""

import onnx_ir as ir

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import NUMERIC
from edgert.compiler.nodes import array_of


class Pow(Elementwise):
    op_type = "Pow"
    instruction = "pow"
    types = NUMERIC
    amplifies = True

    def tabulates(self, node: ir.Node) -> bool:
        """Of constant exponents from 1 on: squares and cubes have no poles."""
        exponent = array_of(node.inputs[1])
        return exponent is not None and bool((exponent >= 1).all())
