"""Erf."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Erf(Unary):
    op_type = "Erf"
    operation = "erf"
