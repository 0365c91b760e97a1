"""Mul."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Scaling


class Mul(Scaling):
    op_type = "Mul"
    operation = "mul"
