"""Abs."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary
from edgert_targets.coreml.mil.types import NUMBER


class Abs(Unary):
    op_type = "Abs"
    kinds = NUMBER
    operation = "abs"
