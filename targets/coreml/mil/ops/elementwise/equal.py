"""Equal."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Binary


class Equal(Binary):
    op_type = "Equal"
    operation = "equal"
