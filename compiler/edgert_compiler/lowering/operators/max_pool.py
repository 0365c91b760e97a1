"""MaxPool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers
from edgert_compiler.graph.spatial import Window
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.pooling import lower_max_pool


class MaxPool(Lowering):
    op_type = "MaxPool"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        lower_max_pool(node, Window.of(node, integers(node, "kernel_shape")), context)
