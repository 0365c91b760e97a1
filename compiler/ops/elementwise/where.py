"""Where."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import BOOL, DOUBLE, NUMERIC


class Where(Elementwise):
    op_type = "Where"
    instruction = "where"
    types = NUMERIC | BOOL | DOUBLE
