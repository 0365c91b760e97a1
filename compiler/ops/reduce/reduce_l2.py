"""ReduceL2."""

from edgert.compiler.lowering.reduction import Reduction
from edgert.compiler.program.ir import Instruction


class ReduceL2(Reduction):
    op_type = "ReduceL2"
    kernel = "reduce_sum"
    before = (Instruction("square", 0, (0,)),)
    after = (Instruction("sqrt", 0, (0,)),)
