"""SpaceToDepth."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, string
from edgert_targets.tflite.compiler import windows
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class SpaceToDepth(Lowering):
    """SPACE_TO_DEPTH is mode DCR; mode CRD is the same before a permutation of the channels."""

    op_type = "SpaceToDepth"
    spatial = True
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        order = windows.order_of_images(node)
        x = context.operand(node, 0, order)
        target = context.result(node.outputs[0], order, x.params)
        block = integer(node, "blocksize", 1)
        last = string(node, "mode", "DCR") == "CRD" and block > 1
        moved = context.like(target) if last else target
        options = ("SpaceToDepthOptions", {"block_size": block})
        context.emit("SPACE_TO_DEPTH", [x.tensor], moved, options)
        if last:
            channels = np.arange(target.shape[3], dtype=np.int32).reshape(block**2, -1).T
            indices = context.constant(channels.reshape(-1))
            context.emit("GATHER", [moved, indices], target, ("GatherOptions", {"axis": 3}))
