"""ReduceSumSquare."""

from edgert.compiler.lowering.reduction import Reduction
from edgert.compiler.program.ir import Instruction


class ReduceSumSquare(Reduction):
    op_type = "ReduceSumSquare"
    kernel = "reduce_sum"
    before = (Instruction("square", 0, (0,)),)
