"""Abs."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Abs(Elementwise):
    op_type = "Abs"
    instruction = "abs"
    types = NUMERIC | DOUBLE
