"""ReduceSumSquare."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Sum


class ReduceSumSquare(Sum):
    op_type = "ReduceSumSquare"
    operation = "reduce_sum_square"
