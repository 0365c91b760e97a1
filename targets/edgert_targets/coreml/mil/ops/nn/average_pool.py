"""AveragePool."""

from __future__ import annotations

from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, integers
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.windows import Window, reaching_end, unsupported_rank


class AveragePool(MilOp):
    op_type = "AveragePool"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        window = Window.of(node, integers(node, "kernel_shape"))
        if any(dilation != 1 for dilation in window.dilations):
            return "its window is dilated; Core ML has no dilated pools"
        if integer(node, "count_include_pad", 0) and reaching_end(node, window) != window.end:
            return "it counts pads, but not those that ceil_mode adds, which MIL cannot express"
        return unsupported_rank(node)

    def lower(self, node: ir.Node, context: MilContext) -> None:
        window = Window.of(node, integers(node, "kernel_shape"))
        context.emit(
            node.outputs[0],
            "avg_pool",
            x=context.input(node, 0),
            kernel_sizes=window.kernel,
            strides=window.strides,
            pad_type="custom",
            pad=replace(window, end=reaching_end(node, window)).pads,
            exclude_padding_from_average=not integer(node, "count_include_pad", 0),
        )
