"""ReduceSum."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Sum


class ReduceSum(Sum):
    op_type = "ReduceSum"
    operation = "reduce_sum"
