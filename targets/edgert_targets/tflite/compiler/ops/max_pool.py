"""MaxPool."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.nodes import integers, is_read
from edgert_compiler.graph.spatial import Window
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.pool import Pool


class MaxPool(Pool):
    """Explicit padding is with the lowest value."""

    op_type = "MaxPool"

    def unsupported(self, node: ir.Node) -> str | None:
        if any(is_read(value) for value in node.outputs[1:]):
            return "TFLite does not give the positions of maxima"
        if any(dilation != 1 for dilation in integers(node, "dilations")):
            return "TFLite has no dilated pools"
        return super().unsupported(node)

    def lower(self, node: ir.Node, context: Context) -> None:
        window = Window.of(node, integers(node, "kernel_shape"))
        self.lower_pool(node, window, context, padding_value=-math.inf)
