"""Less."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import NUMERIC


class Less(Elementwise):
    op_type = "Less"
    instruction = "less"
    types = NUMERIC
