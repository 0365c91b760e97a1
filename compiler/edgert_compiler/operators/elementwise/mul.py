"""Mul."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Mul(Elementwise):
    op_type = "Mul"
    instruction = "mul"
    types = NUMERIC | DOUBLE
