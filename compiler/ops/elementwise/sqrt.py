"""Sqrt."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, FLOAT


class Sqrt(Elementwise):
    op_type = "Sqrt"
    instruction = "sqrt"
    types = FLOAT | DOUBLE
    amplifies = True
