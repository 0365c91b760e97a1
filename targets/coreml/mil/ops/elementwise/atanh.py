"""Atanh."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Atanh(Unary):
    op_type = "Atanh"
    operation = "atanh"
