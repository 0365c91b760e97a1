"""DFT: axis and length as inputs."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class DFTAxis(Rule):
    """Before opset 20, the axis was an attribute, by default the first one behind the batch.

    DFT{axis=1}(x, length)   =>   DFT(x, length, 1)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"DFT"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the node was written for such an opset."""
        if node.version is None or node.version >= 20:
            return None
        attributes = dict(node.attributes)
        axis = attributes.pop("axis").as_int() if "axis" in attributes else 1
        operand = Composer(node).constant(np.array(axis, np.int64), "axis")
        inputs = [node.inputs[0], optional(node, 1), operand]
        return Rewrite((emit("DFT", inputs, attributes),))
