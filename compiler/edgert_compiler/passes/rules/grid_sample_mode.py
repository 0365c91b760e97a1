"""GridSample: the names that its modes have now."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.passes.base import Rewrite, Rule, Stage

_MODES = {"bilinear": "linear", "bicubic": "cubic"}


class GridSampleMode(Rule):
    """Before opset 20, its modes were named after images.

    GridSample{mode=bilinear}(x, grid)   =>   GridSample{mode=linear}(x, grid)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"GridSample"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where it has one of those names."""
        mode = _MODES.get(node.attributes.get_string("mode", ""))
        if mode is None:
            return None
        return Rewrite((emit("GridSample", node.inputs, {**node.attributes, "mode": mode}),))
