"""GlobalAveragePool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.spatial import unsupported_window
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_average_pool, whole_image
from edgert_compiler.ops.base import Int8, OpLowering


class GlobalAveragePool(OpLowering):
    """An average pool whose window is the image."""

    op_type = "GlobalAveragePool"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0) or unsupported_window(node)

    def int8(self, node: ir.Node) -> Int8:
        return Int8.COMPUTE

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        lower_average_pool(node, whole_image(node), context)
