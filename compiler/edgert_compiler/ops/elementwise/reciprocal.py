"""Reciprocal."""

from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.lowering.elementwise_op import Elementwise


class Reciprocal(Elementwise):
    op_type = "Reciprocal"
    instruction = "reciprocal"
    types = FLOAT | DOUBLE
    amplifies = True
