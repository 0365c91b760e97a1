"""AveragePool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers
from edgert_compiler.graph.spatial import Window, unsupported_window
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_average_pool
from edgert_compiler.ops.base import Int8, OpLowering


class AveragePool(OpLowering):
    """In int8 with a scale of its own: averages have a smaller range than what they average."""

    op_type = "AveragePool"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0) or unsupported_window(node)

    def int8(self, node: ir.Node) -> Int8:
        return Int8.COMPUTE

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        lower_average_pool(
            node,
            Window.of(node, integers(node, "kernel_shape")),
            context,
            count_include_pad=bool(integer(node, "count_include_pad", 0)),
        )
