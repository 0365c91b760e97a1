"""LayerNormalization."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, is_read, number, optional, required
from edgert_compiler.graph.types import unsupported_type
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.normalization import normalize
from edgert_compiler.ops.base import OpLowering
from edgert_compiler.program import layout


class LayerNormalization(OpLowering):
    """Over the axes from `axis` on."""

    op_type = "LayerNormalization"

    def unsupported(self, node: ir.Node) -> str | None:
        if any(map(is_read, node.outputs[1:])):
            return "the mean and the inverse deviation are not available as outputs"
        return unsupported_type(node, 0)

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
