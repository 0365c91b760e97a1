"""Sqrt."""

from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.lowering.elementwise_op import Elementwise


class Sqrt(Elementwise):
    op_type = "Sqrt"
    instruction = "sqrt"
    types = FLOAT | DOUBLE
    amplifies = True
