"""Exp."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Exp(Unary):
    op_type = "Exp"
    operation = "exp"
