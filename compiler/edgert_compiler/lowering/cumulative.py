"""Base of the lowering of CumSum and CumProd."""

from __future__ import annotations

from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers_of, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Cumulative(Lowering):
    """Along one axis; backwards is forwards over a view of negative stride."""

    product: ClassVar[bool]

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.dense(context.native(required(node, 0)))
        axis = (integers_of(node, 1) or (0,))[0] % len(x.shape)
        order = layout.order_of(x)
        y = context.output(node.outputs[0], order)
        reverse = bool(integer(node, "reverse", 0))

        def along(tensor: Tensor) -> Tensor:
            view = layout.around(tensor, axis, order)
            return layout.narrow(view, 1, view.shape[1] - 1, view.shape[1], -1) if reverse else view

        params = {"product": int(self.product), "exclusive": integer(node, "exclusive", 0)}
        context.emit("cumulative", [along(x)], [along(y)], params, inplace=(0,))
