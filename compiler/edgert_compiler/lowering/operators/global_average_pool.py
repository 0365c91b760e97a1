"""GlobalAveragePool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_average_pool, whole_image


class GlobalAveragePool(Lowering):
    """An average pool whose window is the image."""

    op_type = "GlobalAveragePool"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        lower_average_pool(node, whole_image(node), context)
