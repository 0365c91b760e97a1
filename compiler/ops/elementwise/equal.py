"""Equal."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import BOOL, DOUBLE, NUMERIC


class Equal(Elementwise):
    op_type = "Equal"
    instruction = "equal"
    types = NUMERIC | BOOL | DOUBLE
