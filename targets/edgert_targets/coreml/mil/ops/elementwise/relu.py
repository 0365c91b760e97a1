"""Relu."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Relu(Unary):
    op_type = "Relu"
    operation = "relu"
