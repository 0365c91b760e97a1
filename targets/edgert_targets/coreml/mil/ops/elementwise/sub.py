"""Sub."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Binary


class Sub(Binary):
    op_type = "Sub"
    operation = "sub"
