"""Round."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, FLOAT


class Round(Elementwise):
    op_type = "Round"
    instruction = "round"
    types = FLOAT | DOUBLE
