"""Min."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.lowering.elementwise_op import Variadic


class Min(Variadic):
    op_type = "Min"
    instruction = "min"
    types = NUMERIC | DOUBLE
