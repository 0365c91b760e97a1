"""GlobalMaxPool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_max_pool, whole_image


class GlobalMaxPool(Lowering):
    """A max pool whose window is the image."""

    op_type = "GlobalMaxPool"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        lower_max_pool(node, whole_image(node), context)
