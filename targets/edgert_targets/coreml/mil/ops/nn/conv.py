"""Conv."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers, optional, required, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.weights import Weights
from edgert_targets.coreml.mil.windows import Window, unsupported_rank


class Conv(MilOp):
    op_type = "Conv"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        bias = optional(node, 2)
        if bias is not None and Weights.of(bias) is None:
            return "its bias is not constant"
        dilations = integers(node, "dilations", [1])
        if Weights.of(required(node, 1)) is None and any(dilation != 1 for dilation in dilations):
            return "it is dilated, and its weights are computed while running"
        return unsupported_rank(node)

    def lower(self, node: ir.Node, context: MilContext) -> None:
        weights = required(node, 1)
        window = Window.of(node, shape_of(weights)[2:])
        inputs = {"x": context.input(node, 0), "weight": context.operand(weights)}
        if optional(node, 2) is not None:
            inputs["bias"] = context.input(node, 2)
        context.emit(
            node.outputs[0],
            "conv",
            **inputs,
            strides=window.strides,
            pad_type="custom",
            pad=window.pads,
            dilations=window.dilations,
            groups=integer(node, "group", 1),
        )
