"""Upsample and the first Resize as today's Resize."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class UpsampleToResize(Rule):
    """Upsample (opset 7, 9) and Resize of opset 10 sample at ``i / scale``, rounded down.

    Upsample{mode=nearest}(x, scales)
        =>   Resize{mode=nearest, asymmetric, floor}(x, , scales)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Upsample", "Resize"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses scales that are computed."""
        if node.op_type == "Resize" and (node.version or 11) >= 11:
            return None
        scales = optional(node, 1)
        if scales is None:
            listed = np.array(node.attributes.get_floats("scales", ()), np.float32)
            scales = new_constant(listed, f"{node.name}_scales")
        if array_of(scales) is None:
            return Refusal("the scales are computed while running")
        attributes = {
            "mode": node.attributes.get_string("mode", "nearest"),
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        }
        return Rewrite((emit("Resize", [node.inputs[0], None, scales], attributes),))
