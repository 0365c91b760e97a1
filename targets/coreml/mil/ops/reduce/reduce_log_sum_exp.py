"""ReduceLogSumExp."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Reduction
from edgert.targets.coreml.mil.types import Kind


class ReduceLogSumExp(Reduction):
    op_type = "ReduceLogSumExp"
    kinds = frozenset({Kind.FLOAT})
    operation = "reduce_log_sum_exp"
