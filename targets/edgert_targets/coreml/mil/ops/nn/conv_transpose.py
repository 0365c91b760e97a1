"""ConvTranspose."""

from __future__ import annotations

from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers, optional, required, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.weights import Weights
from edgert_targets.coreml.mil.windows import Window, unsupported_rank


class ConvTranspose(MilOp):
    """output_padding is less cropping at the end."""

    op_type = "ConvTranspose"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        if any(
            v is not None and Weights.of(v) is None for v in (node.inputs[1], optional(node, 2))
        ):
            return "its weights or its bias are not constant"
        window = Window.of(node, shape_of(required(node, 1))[2:])
        extra = integers(node, "output_padding", [0] * len(window.kernel))
        if any(more > pad for pad, more in zip(window.end, extra)):
            return "its output_padding is larger than its pads, which MIL cannot express"
        return unsupported_rank(node)

    def lower(self, node: ir.Node, context: MilContext) -> None:
        weights = required(node, 1)
        window = Window.of(node, shape_of(weights)[2:])
        extra = integers(node, "output_padding", [0] * len(window.kernel))
        end = tuple(pad - more for pad, more in zip(window.end, extra))
        inputs = {"x": context.input(node, 0), "weight": context.operand(weights)}
        if optional(node, 2) is not None:
            inputs["bias"] = context.input(node, 2)
        context.emit(
            node.outputs[0],
            "conv_transpose",
            **inputs,
            strides=window.strides,
            pad_type="custom",
            pad=replace(window, end=end).pads,
            dilations=window.dilations,
            groups=integer(node, "group", 1),
        )
