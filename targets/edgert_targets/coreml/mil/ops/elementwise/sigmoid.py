"""Sigmoid."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Sigmoid(Unary):
    op_type = "Sigmoid"
    operation = "sigmoid"
