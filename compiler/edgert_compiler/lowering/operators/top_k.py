"""TopK."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, integer, integers_of, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext, native_dtype
from edgert_compiler.lowering.results import result
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType


class TopK(Lowering):
    op_type = "TopK"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.dense(context.native(required(node, 0)))
        axis = axis_of(node, len(x.shape), -1)
        (k,) = integers_of(node, 1) or (1,)
        order = layout.order_of(x)
        shape = [k if a == axis else dim for a, dim in enumerate(x.shape)]
        dtypes = (native_dtype(required(node, 0)), DType.S64)
        outputs = [result(node, i, dtypes[i], shape, order, context) for i in range(2)]
        context.emit(
            "top_k",
            [layout.around(x, axis, order)],
            [layout.around(y, axis, order) for y in outputs],
            {"smallest": 1 - (integer(node, "largest", 1) or 0)},
        )
