"""Sub."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Sub(Elementwise):
    op_type = "Sub"
    instruction = "sub"
    types = NUMERIC | DOUBLE
