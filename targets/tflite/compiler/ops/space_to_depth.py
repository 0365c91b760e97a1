"""SpaceToDepth."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering.attributes import integer
from edgert.targets.tflite.compiler import windows
from edgert.targets.tflite.compiler.base import Lowering
from edgert.targets.tflite.compiler.context import Context


class SpaceToDepth(Lowering):
    op_type = "SpaceToDepth"
    spatial = True
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        order = windows.order_of_images(node)
        x = context.operand(node, 0, order)
        target = context.result(node.outputs[0], order, x.params)
        options = ("SpaceToDepthOptions", {"block_size": integer(node, "blocksize", 1)})
        context.emit("SPACE_TO_DEPTH", [x.tensor], target, options)
