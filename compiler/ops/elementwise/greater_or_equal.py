"""GreaterOrEqual."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, NUMERIC


class GreaterOrEqual(Elementwise):
    op_type = "GreaterOrEqual"
    instruction = "greater_equal"
    types = NUMERIC | DOUBLE
