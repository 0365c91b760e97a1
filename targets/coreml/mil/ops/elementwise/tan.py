"""Tan."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Tan(Unary):
    op_type = "Tan"
    operation = "tan"
