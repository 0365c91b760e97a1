"""Sign."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary
from edgert_targets.coreml.mil.types import NUMBER


class Sign(Unary):
    op_type = "Sign"
    kinds = NUMBER
    operation = "sign"
