"""LayerNormalization."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, number, optional, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.normalization import normalize
from edgert_compiler.program import layout


class LayerNormalization(Lowering):
    op_type = "LayerNormalization"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.native(required(node, 0))
        rank = len(x.shape)
        operands = [
            None if v is None else context.native(v) for v in (optional(node, 1), optional(node, 2))
        ]
        normalize(
            x,
            range(axis_of(node, rank, -1), rank),
            number(node, "epsilon", 1e-5),
            context.output(node.outputs[0], layout.order_of(x)),
            context,
            *operands,
        )
