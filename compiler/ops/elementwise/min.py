"""Min."""

from edgert.compiler.lowering.elementwise_op import Variadic
from edgert.compiler.lowering.types import NUMERIC


class Min(Variadic):
    op_type = "Min"
    instruction = "min"
    types = NUMERIC
