"""PRelu with one slope."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class PReluToLeakyRelu(Rule):
    """A slope that is the same everywhere is LeakyRelu's.

    PRelu(x, 0.25)   =>   LeakyRelu{alpha=0.25}(x)
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"PRelu"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Slopes that differ between channels are another function."""
        x, slope = node.inputs[0], array_of(node.inputs[1])
        if x is None or slope is None or dims(x) != dims(node.outputs[0]):
            return None
        if slope.size == 0 or (slope != slope.reshape(-1)[0]).any():
            return None
        return Rewrite((emit("LeakyRelu", [x], {"alpha": float(slope.reshape(-1)[0])}),))
