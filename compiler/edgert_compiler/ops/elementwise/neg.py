"""Neg."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Neg(Elementwise):
    op_type = "Neg"
    instruction = "neg"
    types = NUMERIC | DOUBLE
