"""MatMul."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.weights import Weights


class MatMul(MilOp):
    """With a constant matrix, MIL's linear, whose weights are [N, K]."""

    op_type = "MatMul"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        if min(rank_of(required(node, 0)), rank_of(required(node, 1))) < 2:
            return "an operand is no matrix; give it two axes"
        return None

    def lower(self, node: ir.Node, context: MilContext) -> None:
        output, right = node.outputs[0], required(node, 1)
        weights = Weights.of(right)
        x = context.input(node, 0)
        if weights is not None and weights.data.ndim == 2:
            transposed = context.weights(right, weights, (1, 0))
            context.emit(output, "linear", x=x, weight=transposed)
        else:
            context.emit(output, "matmul", x=x, y=context.operand(right))
