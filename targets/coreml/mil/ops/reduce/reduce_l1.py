"""ReduceL1."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Sum


class ReduceL1(Sum):
    op_type = "ReduceL1"
    operation = "reduce_l1_norm"
