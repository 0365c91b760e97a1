"""IsNaN."""

from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.operators.elementwise.base import Elementwise


class IsNaN(Elementwise):
    op_type = "IsNaN"
    instruction = "is_nan"
    types = FLOAT | DOUBLE
