"""The position of the largest or the smallest value."""

from __future__ import annotations

from edgert_targets.coreml.mil.reduction import ArgReduction


class ArgMax(ArgReduction):
    op_type = "ArgMax"
    operation = "reduce_argmax"


class ArgMin(ArgReduction):
    op_type = "ArgMin"
    operation = "reduce_argmin"
