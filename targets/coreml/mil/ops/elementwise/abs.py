"""Abs."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary
from edgert.targets.coreml.mil.types import NUMBER


class Abs(Unary):
    op_type = "Abs"
    kinds = NUMBER
    operation = "abs"
