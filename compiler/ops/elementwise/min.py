"""Min."""

from edgert.compiler.lowering.elementwise_op import Variadic
from edgert.compiler.lowering.types import DOUBLE, NUMERIC


class Min(Variadic):
    op_type = "Min"
    instruction = "min"
    types = NUMERIC | DOUBLE
