"""LRN."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, number, rank_of, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class LRN(MilOp):
    op_type = "LRN"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        rank = rank_of(required(node, 0))
        if rank not in (3, 4):
            return f"its input has {rank} axes; Core ML takes 3 or 4"
        if integer(node, "size", 1) % 2 == 0:
            return "its size is even, and where MIL centers the window is not documented"
        return None

    def lower(self, node: ir.Node, context: MilContext) -> None:
        context.emit(
            node.outputs[0],
            "local_response_norm",
            x=context.input(node, 0),
            size=integer(node, "size"),
            alpha=context.number(number(node, "alpha", 1e-4)),
            beta=context.number(number(node, "beta", 0.75)),
            k=context.number(number(node, "bias", 1.0)),
        )
