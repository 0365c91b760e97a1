"""Or."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Binary
from edgert.targets.coreml.mil.types import Kind


class Or(Binary):
    op_type = "Or"
    kinds = frozenset({Kind.BOOL})
    operation = "logical_or"
