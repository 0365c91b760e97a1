"""Max."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Binary


class Max(Binary):
    op_type = "Max"
    operation = "maximum"
