"""ReduceProd."""

from __future__ import annotations

from edgert.targets.coreml.mil.reduction import Sum


class ReduceProd(Sum):
    op_type = "ReduceProd"
    operation = "reduce_prod"
