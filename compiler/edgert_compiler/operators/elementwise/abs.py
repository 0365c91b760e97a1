"""Abs."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Abs(Elementwise):
    op_type = "Abs"
    instruction = "abs"
    types = NUMERIC | DOUBLE
