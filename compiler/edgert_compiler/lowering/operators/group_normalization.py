"""GroupNormalization (opset 21: scale and bias per channel)."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, number, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.normalization import normalize_groups
from edgert_compiler.program import layout


class GroupNormalization(Lowering):
    op_type = "GroupNormalization"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        scale, bias = (context.native(required(node, i)) for i in (1, 2))
        normalize_groups(
            x,
            integer(node, "num_groups", 1),
            number(node, "epsilon", 1e-5),
            context.output(node.outputs[0], layout.order_of(x)),
            context,
            scale,
            bias,
        )
