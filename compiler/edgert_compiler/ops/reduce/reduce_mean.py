"""ReduceMean."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_average_pool, whole_image
from edgert_compiler.lowering.reduction import Reduction, reduced_axes
from edgert_compiler.ops.base import Int8


class ReduceMean(Reduction):
    """Over the whole of an image it is the global average pool, which has an int8 kernel."""

    op_type = "ReduceMean"
    kernel = "reduce_mean"

    def int8(self, node: ir.Node) -> Int8:
        return Int8.COMPUTE if _over_image(node) else Int8.NONE

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        if _over_image(node):
            lower_average_pool(node, whole_image(node), context)
        else:
            super().lower(node, context)


def _over_image(node: ir.Node) -> bool:
    value = required(node, 0)
    rank = rank_of(value)
    spatial = tuple(range(2, rank))
    is_image = rank == 4 and value.dtype == ir.DataType.FLOAT
    return is_image and tuple(sorted(reduced_axes(node, rank))) == spatial
