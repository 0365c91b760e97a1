"""And."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Binary
from edgert.targets.coreml.mil.types import Kind


class And(Binary):
    op_type = "And"
    kinds = frozenset({Kind.BOOL})
    operation = "logical_and"
