"""DepthToSpace."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, shape_of, string
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class DepthToSpace(Rearrangement):
    """Split, transpose, merge: one copy that keeps the order of channels and pixels in memory."""

    op_type = "DepthToSpace"

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        block = integer(node, "blocksize", 1)
        n, c, h, w = x.shape
        depth = c // (block * block)
        if string(node, "mode", "DCR") == "DCR":
            split = layout.reshape(x, (n, block, block, depth, h, w))
            axes = (0, 3, 4, 1, 5, 2)
        else:
            split = layout.reshape(x, (n, depth, block, block, h, w))
            axes = (0, 1, 4, 2, 5, 3)
        assert split is not None, "an axis can always be split"
        return context.reshape(layout.transpose(split, axes), shape_of(node.outputs[0]))
