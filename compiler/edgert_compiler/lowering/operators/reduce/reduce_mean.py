"""ReduceMean."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_average_pool, whole_image
from edgert_compiler.lowering.reduction import Reduction
from edgert_compiler.operators.reduce.reduce_mean import over_image


class ReduceMean(Reduction):
    op_type = "ReduceMean"
    kernel = "reduce_mean"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        if over_image(node):
            lower_average_pool(node, whole_image(node), context)
        else:
            super().lower(node, context)
