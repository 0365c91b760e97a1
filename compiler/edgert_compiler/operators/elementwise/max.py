"""Max."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Variadic


class Max(Variadic):
    op_type = "Max"
    instruction = "max"
    types = NUMERIC | DOUBLE
