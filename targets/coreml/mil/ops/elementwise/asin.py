"""Asin."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Unary


class Asin(Unary):
    op_type = "Asin"
    operation = "asin"
