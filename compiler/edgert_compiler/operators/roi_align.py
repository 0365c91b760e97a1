"""RoiAlign."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer
from edgert_compiler.graph.types import FLOAT, INTEGER, unsupported_type
from edgert_compiler.operators.base import Operator


class RoiAlign(Operator):
    """In float: rows of channels are read where the regions say, and regions are float."""

    op_type = "RoiAlign"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        if integer(node, "sampling_ratio", 0) <= 0:
            return (
                "how many samples it takes depends on the regions (sampling_ratio=0); "
                "export it with a fixed sampling_ratio, e.g. 2"
            )
        return (
            super().unsupported(node)
            or unsupported_type(node, 1)
            or unsupported_type(node, 2, INTEGER)
        )
