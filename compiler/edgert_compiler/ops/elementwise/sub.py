"""Sub."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, NUMERIC


class Sub(Elementwise):
    op_type = "Sub"
    instruction = "sub"
    types = NUMERIC | DOUBLE
