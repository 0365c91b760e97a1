"""MaxPool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers, is_read
from edgert_compiler.graph.spatial import Window, unsupported_window
from edgert_compiler.graph.types import BYTE, FLOAT, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_max_pool
from edgert_compiler.ops.base import Int8, OpLowering


class MaxPool(OpLowering):
    """Without the output of indices."""

    op_type = "MaxPool"

    def unsupported(self, node: ir.Node) -> str | None:
        if len(node.outputs) > 1 and is_read(node.outputs[1]):
            return "the indices of the maxima are not available"
        return unsupported_type(node, 0, FLOAT | BYTE) or unsupported_window(node)

    def int8(self, node: ir.Node) -> Int8:
        return Int8.PRESERVE

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        lower_max_pool(node, Window.of(node, integers(node, "kernel_shape")), context)
