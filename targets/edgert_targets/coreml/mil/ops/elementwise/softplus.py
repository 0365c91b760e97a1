"""Softplus."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Softplus(Unary):
    op_type = "Softplus"
    operation = "softplus"
