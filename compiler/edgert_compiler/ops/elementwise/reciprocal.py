"""Reciprocal."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, FLOAT


class Reciprocal(Elementwise):
    op_type = "Reciprocal"
    instruction = "reciprocal"
    types = FLOAT | DOUBLE
    amplifies = True
