"""LayerNormalization."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import is_read
from edgert_compiler.graph.types import FLOAT
from edgert_compiler.operators.base import Operator


class LayerNormalization(Operator):
    """Over the axes from `axis` on."""

    op_type = "LayerNormalization"
    types = FLOAT

    def unsupported(self, node: ir.Node) -> str | None:
        if any(map(is_read, node.outputs[1:])):
            return "the mean and the inverse deviation are not available as outputs"
        return super().unsupported(node)
