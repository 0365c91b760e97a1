"""IsNaN."""

from edgert_compiler.lowering.elementwise_op import Elementwise
from edgert_compiler.lowering.types import DOUBLE, FLOAT


class IsNaN(Elementwise):
    op_type = "IsNaN"
    instruction = "is_nan"
    types = FLOAT | DOUBLE
