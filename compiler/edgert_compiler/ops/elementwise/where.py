"""Where."""

from edgert_compiler.graph.types import BOOL, DOUBLE, NUMERIC
from edgert_compiler.lowering.elementwise_op import Elementwise


class Where(Elementwise):
    op_type = "Where"
    instruction = "where"
    types = NUMERIC | BOOL | DOUBLE
