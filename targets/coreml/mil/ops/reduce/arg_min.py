"""ArgMin."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import ArgReduction


class ArgMin(ArgReduction):
    op_type = "ArgMin"
    operation = "reduce_argmin"
