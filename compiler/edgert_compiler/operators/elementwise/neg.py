"""Neg."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Neg(Elementwise):
    op_type = "Neg"
    instruction = "neg"
    types = NUMERIC | DOUBLE
