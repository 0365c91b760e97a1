"""RMSNormalization."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, number, rank_of, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class RMSNormalization(MilOp):
    """x / sqrt(mean(x²) + epsilon) * scale, in float32: squares are large."""

    op_type = "RMSNormalization"

    def wide(self, node: ir.Node, context: MilContext) -> bool:
        return True

    def lower(self, node: ir.Node, context: MilContext) -> None:
        rank = rank_of(required(node, 0))
        axes = tuple(range(axis_of(node, rank, -1), rank))
        x, epsilon = context.input(node, 0), context.number(number(node, "epsilon", 1e-5))
        mean = context.make("reduce_mean", x=context.make("square", x=x), axes=axes, keep_dims=True)
        root = context.make("sqrt", x=context.make("add", x=mean, y=epsilon))
        normal = context.make("real_div", x=x, y=root)
        context.emit(node.outputs[0], "mul", x=normal, y=context.input(node, 1))
