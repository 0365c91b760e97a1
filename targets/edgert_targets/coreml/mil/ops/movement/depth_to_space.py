"""DepthToSpace."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, string
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class DepthToSpace(MilOp):
    op_type = "DepthToSpace"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        x, size = context.input(node, 0), integer(node, "blocksize", 1)
        if string(node, "mode", "DCR") == "CRD":
            context.emit(node.outputs[0], "pixel_shuffle", x=x, upscale_factor=size)
        else:
            context.emit(node.outputs[0], "depth_to_space", x=x, block_size=size)
