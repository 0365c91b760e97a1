"""BitwiseOr."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import INTEGER


class BitwiseOr(Elementwise):
    op_type = "BitwiseOr"
    instruction = "bitwise_or"
    types = INTEGER
