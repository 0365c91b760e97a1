"""Less."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, NUMERIC


class Less(Elementwise):
    op_type = "Less"
    instruction = "less"
    types = NUMERIC | DOUBLE
