"""AveragePool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers
from edgert_compiler.graph.spatial import Window
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_average_pool


class AveragePool(Lowering):
    op_type = "AveragePool"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        lower_average_pool(
            node,
            Window.of(node, integers(node, "kernel_shape")),
            context,
            count_include_pad=bool(integer(node, "count_include_pad", 0)),
        )
