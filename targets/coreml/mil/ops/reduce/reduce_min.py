"""ReduceMin."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Reduction


class ReduceMin(Reduction):
    op_type = "ReduceMin"
    operation = "reduce_min"
