"""Mul."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Mul(Elementwise):
    op_type = "Mul"
    instruction = "mul"
    types = NUMERIC | DOUBLE
