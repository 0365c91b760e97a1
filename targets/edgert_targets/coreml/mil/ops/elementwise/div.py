"""Div."""

from __future__ import annotations

from edgert_targets.coreml.mil.elementwise import Scaling
from edgert_targets.coreml.mil.types import Kind


class Div(Scaling):
    """Of floats only: MIL divides integers towards minus infinity, ONNX towards zero."""

    op_type = "Div"
    kinds = frozenset({Kind.FLOAT})
    operation = "real_div"
