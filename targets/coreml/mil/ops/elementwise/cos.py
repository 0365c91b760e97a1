"""Cos."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Cos(Unary):
    op_type = "Cos"
    operation = "cos"
