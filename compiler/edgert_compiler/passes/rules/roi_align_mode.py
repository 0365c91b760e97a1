"""RoiAlign: the coordinates that its opset means."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.passes.base import Rewrite, Rule, Stage

_MODE = "coordinate_transformation_mode"


class RoiAlignMode(Rule):
    """Before opset 16, regions were not shifted by half a pixel.

    RoiAlign(x, rois, batch)   =>   RoiAlign{coordinate_transformation_mode=output_half_pixel}(...)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"RoiAlign"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the node was written for such an opset."""
        if node.version is None or node.version >= 16:
            return None
        attributes = {**node.attributes, _MODE: "output_half_pixel"}
        return Rewrite((emit("RoiAlign", node.inputs, attributes),))
