"""Pow."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import NUMERIC


class Pow(Elementwise):
    op_type = "Pow"
    instruction = "pow"
    types = NUMERIC
    amplifies = True
