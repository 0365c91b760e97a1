"""Rounding to integers."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Ceil(Unary):
    op_type = "Ceil"
    operation = "ceil"


class Floor(Unary):
    op_type = "Floor"
    operation = "floor"


class Round(Unary):
    op_type = "Round"
    operation = "round"
