"""Base of the lowering of ArgMax and ArgMin."""

from __future__ import annotations

from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, integer, required, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType


class ArgReduction(Lowering):
    """The position of an extreme along one axis."""

    kernel: ClassVar[str]

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        axis = axis_of(node, len(x.shape), 0)
        order = layout.order_of(x)
        shape = [1 if a == axis else dim for a, dim in enumerate(x.shape)]
        y = context.temporary(DType.S64, shape, order)
        context.emit(
            self.kernel,
            [layout.transpose(x, order)],
            [layout.transpose(y, order)],
            {"select_last_index": integer(node, "select_last_index", 0)},
        )
        context.bind(node.outputs[0], context.reshape(y, shape_of(node.outputs[0])))
