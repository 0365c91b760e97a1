"""Cosh."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Cosh(Unary):
    op_type = "Cosh"
    operation = "cosh"
