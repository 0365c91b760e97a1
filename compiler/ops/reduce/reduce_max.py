"""ReduceMax."""

from edgert.compiler.lowering.reduction import Reduction


class ReduceMax(Reduction):
    op_type = "ReduceMax"
    kernel = "reduce_max"
