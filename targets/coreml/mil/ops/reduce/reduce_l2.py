"""ReduceL2."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Sum
from edgert.targets.coreml.mil.types import Kind


class ReduceL2(Sum):
    op_type = "ReduceL2"
    kinds = frozenset({Kind.FLOAT})
    operation = "reduce_l2_norm"
