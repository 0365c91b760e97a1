"""Reductions over axes."""

from __future__ import annotations

from edgert_targets.coreml.mil.reduction import Reduction, Sum
from edgert_targets.coreml.mil.types import Kind


class ReduceL1(Sum):
    op_type = "ReduceL1"
    operation = "reduce_l1_norm"


class ReduceL2(Sum):
    op_type = "ReduceL2"
    kinds = frozenset({Kind.FLOAT})
    operation = "reduce_l2_norm"


class ReduceLogSum(Sum):
    op_type = "ReduceLogSum"
    kinds = frozenset({Kind.FLOAT})
    operation = "reduce_log_sum"


class ReduceMax(Reduction):
    op_type = "ReduceMax"
    operation = "reduce_max"


class ReduceMin(Reduction):
    op_type = "ReduceMin"
    operation = "reduce_min"


class ReduceProd(Sum):
    op_type = "ReduceProd"
    operation = "reduce_prod"


class ReduceSum(Sum):
    op_type = "ReduceSum"
    operation = "reduce_sum"


class ReduceSumSquare(Sum):
    op_type = "ReduceSumSquare"
    operation = "reduce_sum_square"


class ReduceMean(Reduction):
    op_type = "ReduceMean"
    kinds = frozenset({Kind.FLOAT})
    operation = "reduce_mean"


class ReduceLogSumExp(Reduction):
    op_type = "ReduceLogSumExp"
    kinds = frozenset({Kind.FLOAT})
    operation = "reduce_log_sum_exp"
