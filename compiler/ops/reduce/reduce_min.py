"""ReduceMin."""

from edgert.compiler.lowering.reduction import Reduction


class ReduceMin(Reduction):
    op_type = "ReduceMin"
    kernel = "reduce_min"
