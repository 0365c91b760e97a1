"""DepthToSpace."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, required, shape_of, string
from edgert_targets.tflite.compiler import windows
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor


class DepthToSpace(Lowering):
    """DEPTH_TO_SPACE is mode DCR; mode CRD is the same after a permutation of the channels."""

    op_type = "DepthToSpace"
    spatial = True
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        block = integer(node, "blocksize", 1)
        order = windows.order_of_images(node)
        x = context.operand(node, 0, order)
        source = x.tensor
        depth = shape_of(required(node, 0))[1] // block**2
        if string(node, "mode", "DCR") == "CRD" and depth > 1 and block > 1:
            source = _depth_last(source, depth, block, context)
        target = context.result(node.outputs[0], order, x.params)
        options = ("DepthToSpaceOptions", {"block_size": block})
        context.emit("DEPTH_TO_SPACE", [source], target, options)


def _depth_last(x: Tensor, depth: int, block: int, context: Context) -> Tensor:
    channels = np.arange(depth * block**2, dtype=np.int32).reshape(depth, block**2).T.reshape(-1)
    target = context.like(x)
    context.emit("GATHER", [x, context.constant(channels)], target, ("GatherOptions", {"axis": 3}))
    return target
