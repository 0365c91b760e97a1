"""Where."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import BOOL, DOUBLE, NUMERIC


class Where(Elementwise):
    op_type = "Where"
    instruction = "where"
    types = NUMERIC | BOOL | DOUBLE
