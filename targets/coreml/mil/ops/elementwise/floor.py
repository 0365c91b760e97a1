"""Floor."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Floor(Unary):
    op_type = "Floor"
    operation = "floor"
