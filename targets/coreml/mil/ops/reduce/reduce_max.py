"""ReduceMax."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Reduction


class ReduceMax(Reduction):
    op_type = "ReduceMax"
    operation = "reduce_max"
