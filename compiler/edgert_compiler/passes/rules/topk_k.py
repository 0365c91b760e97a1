"""TopK: k as an input."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import new_constant, new_node
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class TopKInput(Rule):
    """The attribute of opset 1 becomes the input of opset 10.

    TopK{k=5}(x)   =>   TopK(x, [5])
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"TopK"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible."""
        k = node.attributes.get_int("k")
        if k is None:
            return None
        operand = new_constant(np.array([k], np.int64), f"{node.name}_k")
        attributes = {"axis": node.attributes.get_int("axis", -1)}
        top = new_node("TopK", [node.inputs[0], operand], attributes, outputs=2)
        return Rewrite(tuple(top.outputs))
