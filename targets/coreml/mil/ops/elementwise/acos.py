"""Acos."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Acos(Unary):
    op_type = "Acos"
    operation = "acos"
