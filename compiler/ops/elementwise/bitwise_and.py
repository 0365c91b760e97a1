"""BitwiseAnd."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import INTEGER


class BitwiseAnd(Elementwise):
    op_type = "BitwiseAnd"
    instruction = "bitwise_and"
    types = INTEGER
