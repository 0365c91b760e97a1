"""Reductions over axes."""

from edgert_targets.tflite.compiler.reduction import Reduction


class ReduceL1(Reduction):
    op_type = "ReduceL1"
    code = "SUM"
    before = "ABS"


class ReduceL2(Reduction):
    op_type = "ReduceL2"
    code = "SUM"
    before = "SQUARE"
    after = "SQRT"


class ReduceLogSum(Reduction):
    op_type = "ReduceLogSum"
    code = "SUM"
    after = "LOG"


class ReduceMax(Reduction):
    op_type = "ReduceMax"
    code = "REDUCE_MAX"


class ReduceMin(Reduction):
    op_type = "ReduceMin"
    code = "REDUCE_MIN"


class ReduceProd(Reduction):
    op_type = "ReduceProd"
    code = "REDUCE_PROD"


class ReduceSum(Reduction):
    op_type = "ReduceSum"
    code = "SUM"


class ReduceSumSquare(Reduction):
    op_type = "ReduceSumSquare"
    code = "SUM"
    before = "SQUARE"


class ReduceMean(Reduction):
    op_type = "ReduceMean"
    code = "MEAN"
    quantizes = True
