"""IsNaN."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import DOUBLE, FLOAT


class IsNaN(Elementwise):
    op_type = "IsNaN"
    instruction = "is_nan"
    types = FLOAT | DOUBLE
