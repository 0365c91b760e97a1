"""Not."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary
from edgert.targets.coreml.mil.types import Kind


class Not(Unary):
    op_type = "Not"
    kinds = frozenset({Kind.BOOL})
    operation = "logical_not"
