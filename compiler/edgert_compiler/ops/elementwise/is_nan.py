"""IsNaN."""

from edgert_compiler.graph.types import DOUBLE, FLOAT
from edgert_compiler.lowering.elementwise_op import Elementwise


class IsNaN(Elementwise):
    op_type = "IsNaN"
    instruction = "is_nan"
    types = FLOAT | DOUBLE
