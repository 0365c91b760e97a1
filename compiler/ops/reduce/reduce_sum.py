"""ReduceSum."""

from edgert.compiler.lowering.reduction import Reduction


class ReduceSum(Reduction):
    op_type = "ReduceSum"
    kernel = "reduce_sum"
