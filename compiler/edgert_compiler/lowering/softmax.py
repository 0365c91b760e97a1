"""Base of the lowering of Softmax and LogSoftmax."""

from __future__ import annotations

from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout


class SoftmaxBase(Lowering):
    """Along one axis, in the order in which the input lies."""

    kernel: ClassVar[str]

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.dense(context.native(required(node, 0)))
        axis = axis_of(node, len(x.shape), -1)
        order = layout.order_of(x)
        y = context.output(node.outputs[0], order)
        context.emit(self.kernel, [layout.around(x, axis, order)], [layout.around(y, axis, order)])
