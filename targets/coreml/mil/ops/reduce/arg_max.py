"""ArgMax."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import ArgReduction


class ArgMax(ArgReduction):
    op_type = "ArgMax"
    operation = "reduce_argmax"
