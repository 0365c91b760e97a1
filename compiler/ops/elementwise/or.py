"""Or."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import BOOL


class Or(Elementwise):
    op_type = "Or"
    instruction = "or"
    types = BOOL
