"""BitwiseXor."""

from edgert.compiler.lowering.elementwise_op import Elementwise
from edgert.compiler.lowering.types import INTEGER


class BitwiseXor(Elementwise):
    op_type = "BitwiseXor"
    instruction = "bitwise_xor"
    types = INTEGER
