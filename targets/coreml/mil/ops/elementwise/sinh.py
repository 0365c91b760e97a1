"""Sinh."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Sinh(Unary):
    op_type = "Sinh"
    operation = "sinh"
