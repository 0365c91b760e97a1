"""Min."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Variadic


class Min(Variadic):
    op_type = "Min"
    instruction = "min"
    types = NUMERIC | DOUBLE
