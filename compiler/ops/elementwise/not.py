"""Not."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import BOOL


class Not(Elementwise):
    op_type = "Not"
    instruction = "not"
    types = BOOL
