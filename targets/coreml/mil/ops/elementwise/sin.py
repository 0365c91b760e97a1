"""Sin."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Sin(Unary):
    op_type = "Sin"
    operation = "sin"
