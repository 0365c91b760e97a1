"""Tanh."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Tanh(Unary):
    op_type = "Tanh"
    operation = "tanh"
