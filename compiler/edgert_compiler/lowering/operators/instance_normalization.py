"""InstanceNormalization."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import number, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.normalization import normalize, per_channel
from edgert_compiler.program import layout


class InstanceNormalization(Lowering):
    op_type = "InstanceNormalization"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        rank = len(x.shape)
        scale, bias = (per_channel(context.native(required(node, i)), rank) for i in (1, 2))
        output = context.output(node.outputs[0], layout.order_of(x))
        normalize(x, range(2, rank), number(node, "epsilon", 1e-5), output, context, scale, bias)
