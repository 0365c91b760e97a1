"""Atan."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Atan(Unary):
    op_type = "Atan"
    operation = "atan"
