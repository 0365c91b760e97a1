"""Reciprocal."""

from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.operators.elementwise.base import Elementwise


class Reciprocal(Elementwise):
    op_type = "Reciprocal"
    instruction = "reciprocal"
    types = FLOAT | DOUBLE
    amplifies = True
