"""TopK."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import NUMBER


class TopK(MilOp):
    op_type = "TopK"
    kinds = NUMBER

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return None if integers_of(node, 1) is not None else "its k is not constant"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        axis, largest = integer(node, "axis", -1), integer(node, "largest", 1)
        (k,) = integers_of(node, 1) or (1,)
        values, indices = context.make(
            "topk", x=context.input(node, 0), k=k, axis=axis, ascending=not largest
        )
        context.bind(node.outputs[0], values)
        context.bind(node.outputs[1], indices)
