"""Ceil."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Ceil(Unary):
    op_type = "Ceil"
    operation = "ceil"
