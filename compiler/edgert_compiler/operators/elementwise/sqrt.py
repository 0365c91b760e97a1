"""Sqrt."""

from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.operators.elementwise.base import Elementwise


class Sqrt(Elementwise):
    op_type = "Sqrt"
    instruction = "sqrt"
    types = FLOAT | DOUBLE
    amplifies = True
