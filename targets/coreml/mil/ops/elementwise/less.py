"""Less."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Binary


class Less(Binary):
    op_type = "Less"
    operation = "less"
