"""BitwiseNot."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import INTEGER


class BitwiseNot(Elementwise):
    op_type = "BitwiseNot"
    instruction = "bitwise_not"
    types = INTEGER
