"""Min."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import NUMERIC


class Min(Elementwise):
    op_type = "Min"
    instruction = "min"
    types = NUMERIC
