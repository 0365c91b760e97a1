"""Where."""

from edgert_compiler.graph.types import BOOL, DOUBLE, NUMERIC
from edgert_compiler.operators.elementwise.base import Elementwise


class Where(Elementwise):
    op_type = "Where"
    instruction = "where"
    types = NUMERIC | BOOL | DOUBLE
