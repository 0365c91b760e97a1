"""SpaceToDepth."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import integer, shape_of, string
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.lowering.rearrangement import Rearrangement
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class SpaceToDepth(Rearrangement):
    """Split, transpose, merge: one copy."""

    op_type = "SpaceToDepth"

    def rearrange(self, node: ir.Node, x: Tensor, context: LoweringContext) -> Tensor:
        block = integer(node, "blocksize", 1)
        n, c, h, w = x.shape
        split = layout.reshape(x, (n, c, h // block, block, w // block, block))
        assert split is not None, "an axis can always be split"
        depth_first = string(node, "mode", "DCR") == "DCR"
        axes = (0, 3, 5, 1, 2, 4) if depth_first else (0, 1, 3, 5, 2, 4)
        return context.reshape(layout.transpose(split, axes), shape_of(node.outputs[0]))
