"""LessOrEqual."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, NUMERIC


class LessOrEqual(Elementwise):
    op_type = "LessOrEqual"
    instruction = "less_equal"
    types = NUMERIC | DOUBLE
