"""Sqrt."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Sqrt(Unary):
    op_type = "Sqrt"
    operation = "sqrt"
