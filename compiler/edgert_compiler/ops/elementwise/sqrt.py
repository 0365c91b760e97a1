"""Sqrt."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, FLOAT


class Sqrt(Elementwise):
    op_type = "Sqrt"
    instruction = "sqrt"
    types = FLOAT | DOUBLE
    amplifies = True
