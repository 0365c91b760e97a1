"""Comparisons."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Binary


class Equal(Binary):
    op_type = "Equal"
    operation = "equal"


class Greater(Binary):
    op_type = "Greater"
    operation = "greater"


class GreaterOrEqual(Binary):
    op_type = "GreaterOrEqual"
    operation = "greater_equal"


class Less(Binary):
    op_type = "Less"
    operation = "less"


class LessOrEqual(Binary):
    op_type = "LessOrEqual"
    operation = "less_equal"
