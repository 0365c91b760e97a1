"""Xor."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Binary
from edgert.targets.coreml.mil.types import Kind


class Xor(Binary):
    op_type = "Xor"
    kinds = frozenset({Kind.BOOL})
    operation = "logical_xor"
