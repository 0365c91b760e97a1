"""Add."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Binary


class Add(Binary):
    op_type = "Add"
    operation = "add"
