"""MaxPool."""

from __future__ import annotations

from dataclasses import replace

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.windows import Window, reaching_end, unsupported_rank


class MaxPool(MilOp):
    op_type = "MaxPool"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        window = Window.of(node, integers(node, "kernel_shape"))
        if any(dilation != 1 for dilation in window.dilations):
            return "its window is dilated; Core ML has no dilated pools"
        if any(output.uses() or output.is_graph_output() for output in node.outputs[1:]):
            return "its indices are read; Core ML computes none"
        return unsupported_rank(node)

    def lower(self, node: ir.Node, context: MilContext) -> None:
        window = Window.of(node, integers(node, "kernel_shape"))
        context.emit(
            node.outputs[0],
            "max_pool",
            x=context.input(node, 0),
            kernel_sizes=window.kernel,
            strides=window.strides,
            pad_type="custom",
            pad=replace(window, end=reaching_end(node, window)).pads,
        )
