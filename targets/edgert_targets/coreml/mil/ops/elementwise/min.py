"""Min."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Binary


class Min(Binary):
    op_type = "Min"
    operation = "minimum"
