"""Sub."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import NUMERIC


class Sub(Elementwise):
    op_type = "Sub"
    instruction = "sub"
    types = NUMERIC
