"""ReduceProd."""

from edgert.compiler.lowering.reduction import Reduction


class ReduceProd(Reduction):
    op_type = "ReduceProd"
    kernel = "reduce_prod"
