"""Max."""

from edgert_compiler.lowering.elementwise_op import Variadic
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Max(Variadic):
    op_type = "Max"
    instruction = "max"
    types = NUMERIC | DOUBLE
