"""Base of CumSum and CumProd."""

from __future__ import annotations

from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers_of, rank_of, required
from edgert_compiler.graph.types import NUMERIC, unsupported_dynamic, unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Cumulative(OpLowering):
    """Along one axis; backwards is forwards over a view of negative stride."""

    product: ClassVar[bool]

    def unsupported(self, node: ir.Node) -> str | None:
        if rank_of(required(node, 0)) == 0:
            return "its input is a scalar"
        return unsupported_type(node, 0, NUMERIC | {ir.DataType.DOUBLE}) or unsupported_dynamic(
            node, 1, "the axis"
        )

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
