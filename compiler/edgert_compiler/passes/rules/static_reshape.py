"""Reshape, Flatten, Squeeze and Unsqueeze as Reshape with a constant shape."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class StaticReshape(Rule):
    """One operator with the output's shape written out stands for all that only change the shape.

    Flatten{axis=1}(x[1, 8, 2, 2])     =>   Reshape(x, [1, 32])
    Reshape(x, [0, -1])                =>   Reshape(x, [1, 32])
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible where shapes are known and not 0, which Reshape reads as copy."""
        x, shape = node.inputs[0], dims(node.outputs[0])
        if x is None or shape is None or 0 in shape:
            return None
        if node.op_type == "Reshape":
            current = array_of(node.inputs[1])
            if current is not None and tuple(current.tolist()) == shape and not node.attributes:
                return None
        target = new_constant(np.array(shape, np.int64), f"{node.name}_shape")
        return Rewrite((emit("Reshape", [x, target]),))
