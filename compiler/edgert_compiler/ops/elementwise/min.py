"""Min."""

from edgert_compiler.lowering.elementwise_op import Variadic
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Min(Variadic):
    op_type = "Min"
    instruction = "min"
    types = NUMERIC | DOUBLE
