"""Logic on truth values."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Binary, Unary
from edgert_targets.coreml.mil.types import Kind


class And(Binary):
    op_type = "And"
    kinds = frozenset({Kind.BOOL})
    operation = "logical_and"


class Or(Binary):
    op_type = "Or"
    kinds = frozenset({Kind.BOOL})
    operation = "logical_or"


class Xor(Binary):
    op_type = "Xor"
    kinds = frozenset({Kind.BOOL})
    operation = "logical_xor"


class Not(Unary):
    op_type = "Not"
    kinds = frozenset({Kind.BOOL})
    operation = "logical_not"
