"""GlobalMaxPool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.spatial import unsupported_window
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_max_pool, whole_image
from edgert_compiler.ops.base import Int8, OpLowering


class GlobalMaxPool(OpLowering):
    """A max pool whose window is the image."""

    op_type = "GlobalMaxPool"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0) or unsupported_window(node)

    def int8(self, node: ir.Node) -> Int8:
        return Int8.PRESERVE

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        lower_max_pool(node, whole_image(node), context)
