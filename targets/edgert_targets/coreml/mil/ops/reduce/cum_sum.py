"""CumSum."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import NUMBER


class CumSum(MilOp):
    op_type = "CumSum"
    kinds = NUMBER

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        return None if integers_of(node, 1) is not None else "its axis is not constant"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        (axis,) = integers_of(node, 1) or (0,)
        exclusive = bool(integer(node, "exclusive", 0))
        reverse = bool(integer(node, "reverse", 0))
        x = context.input(node, 0)
        context.emit(
            node.outputs[0], "cumsum", x=x, axis=axis, exclusive=exclusive, reverse=reverse
        )
