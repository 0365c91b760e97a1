"""LessOrEqual."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Binary


class LessOrEqual(Binary):
    op_type = "LessOrEqual"
    operation = "less_equal"
