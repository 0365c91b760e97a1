"""Greater."""

from __future__ import annotations

from edgert.targets.coreml.mil.elementwise import Binary


class Greater(Binary):
    op_type = "Greater"
    operation = "greater"
