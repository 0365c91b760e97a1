"""ReduceLogSum."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Sum
from edgert.targets.coreml.mil.types import Kind


class ReduceLogSum(Sum):
    op_type = "ReduceLogSum"
    kinds = frozenset({Kind.FLOAT})
    operation = "reduce_log_sum"
