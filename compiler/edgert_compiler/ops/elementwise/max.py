"""Max."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.lowering.elementwise_op import Variadic


class Max(Variadic):
    op_type = "Max"
    instruction = "max"
    types = NUMERIC | DOUBLE
