"""Clip: bounds as inputs."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class ClipBounds(Rule):
    """Attributes of opset 6 become the inputs of opset 11.

    Clip{min=0, max=6}(x)   =>   Clip(x, 0, 6)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Clip"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible."""
        if len(node.inputs) > 1 or not node.attributes:
            return None
        dtype = node.outputs[0].dtype or ir.DataType.FLOAT
        bounds = [
            new_constant(np.array(value, dtype.numpy()), f"{node.name}_{side}")
            if (value := node.attributes.get_float(side)) is not None
            else None
            for side in ("min", "max")
        ]
        return Rewrite((emit("Clip", [node.inputs[0], *bounds]),))
