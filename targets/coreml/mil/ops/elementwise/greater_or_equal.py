"""GreaterOrEqual."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Binary


class GreaterOrEqual(Binary):
    op_type = "GreaterOrEqual"
    operation = "greater_equal"
