"""ReduceL1."""

from edgert.compiler.lowering.reduction import Reduction
from edgert.compiler.program.ir import Instruction


class ReduceL1(Reduction):
    op_type = "ReduceL1"
    kernel = "reduce_sum"
    before = (Instruction("abs", 0, (0,)),)
