"""Sub."""

from edgert_compiler.graph.types import DOUBLE, NUMERIC
from edgert_compiler.lowering.elementwise_op import Elementwise


class Sub(Elementwise):
    op_type = "Sub"
    instruction = "sub"
    types = NUMERIC | DOUBLE
