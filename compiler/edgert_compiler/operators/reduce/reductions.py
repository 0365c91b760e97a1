"""Reductions over axes."""

from edgert_compiler.operators.reduce.base import Reduction


class ReduceL1(Reduction):
    op_type = "ReduceL1"


class ReduceL2(Reduction):
    op_type = "ReduceL2"


class ReduceLogSum(Reduction):
    op_type = "ReduceLogSum"


class ReduceMax(Reduction):
    op_type = "ReduceMax"


class ReduceMin(Reduction):
    op_type = "ReduceMin"


class ReduceProd(Reduction):
    op_type = "ReduceProd"


class ReduceSum(Reduction):
    op_type = "ReduceSum"


class ReduceSumSquare(Reduction):
    op_type = "ReduceSumSquare"
