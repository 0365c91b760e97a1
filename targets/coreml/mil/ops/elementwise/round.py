"""Round."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Round(Unary):
    op_type = "Round"
    operation = "round"
