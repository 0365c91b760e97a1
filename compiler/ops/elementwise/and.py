"""And."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import BOOL


class And(Elementwise):
    op_type = "And"
    instruction = "and"
    types = BOOL
