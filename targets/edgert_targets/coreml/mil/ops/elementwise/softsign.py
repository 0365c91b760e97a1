"""Softsign."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Unary


class Softsign(Unary):
    op_type = "Softsign"
    operation = "softsign"
