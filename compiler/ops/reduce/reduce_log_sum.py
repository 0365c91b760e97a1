"""ReduceLogSum."""

from edgert.compiler.lowering.reduction import Reduction
from edgert.compiler.program.ir import Instruction


class ReduceLogSum(Reduction):
    op_type = "ReduceLogSum"
    kernel = "reduce_sum"
    after = (Instruction("log", 0, (0,)),)
