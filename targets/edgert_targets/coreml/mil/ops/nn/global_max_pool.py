"""GlobalMaxPool."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class GlobalMaxPool(MilOp):
    op_type = "GlobalMaxPool"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        axes = tuple(range(2, rank_of(required(node, 0))))
        x = context.input(node, 0)
        context.emit(node.outputs[0], "reduce_max", x=x, axes=axes, keep_dims=True)
