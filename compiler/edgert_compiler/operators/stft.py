"""STFT."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.types import FLOAT, unsupported_dynamic, unsupported_type
from edgert_compiler.operators.base import Operator
from edgert_compiler.operators.fourier import frame_length, unsupported_length


class STFT(Operator):
    """In float: spectra need more than eight bits."""

    op_type = "STFT"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            super().unsupported(node)
            or unsupported_dynamic(node, 1, "the step")
            or unsupported_dynamic(node, 3, "the length of a frame")
            or unsupported_type(node, 2)
            or unsupported_length(frame_length(node), 2)
        )
