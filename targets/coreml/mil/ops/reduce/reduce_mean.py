"""ReduceMean."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Reduction
from edgert.targets.coreml.mil.types import Kind


class ReduceMean(Reduction):
    op_type = "ReduceMean"
    kinds = frozenset({Kind.FLOAT})
    operation = "reduce_mean"
