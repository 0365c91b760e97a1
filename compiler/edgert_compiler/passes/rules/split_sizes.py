"""Split: sizes as a constant input."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import new_constant, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class SplitSizes(Rule):
    """The sizes of the parts are always a constant input, whether they were attribute or implied.

    Split{axis=1, num_outputs=2}(x[1, 6])   =>   Split{axis=1}(x, [3, 3])
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Split"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible where shapes are known: the outputs' shapes are the sizes."""
        x, sizes = node.inputs[0], optional(node, 1)
        axis = node.attributes.get_int("axis", 0)
        shapes = [dims(value) for value in node.outputs]
        if x is None or None in shapes or (sizes is not None and axis >= 0):
            return None
        axis %= len(shapes[0] or ())
        parts = np.array([shape[axis] for shape in shapes if shape], np.int64)
        operand = sizes or new_constant(parts, f"{node.name}_sizes")
        split = new_node("Split", [x, operand], {"axis": axis}, len(node.outputs))
        return Rewrite(tuple(split.outputs))
