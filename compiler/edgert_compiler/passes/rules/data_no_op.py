"""Data movement that moves nothing."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage, bypass

_IDENTITY_RESIZE = ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")


class DataNoOp(Rule):
    """Whole Slices, Concat and Split of one part, Expand, Tile, Pad, Resize to the same shape.

    x[1, 8] ── Slice(0:8) ── f   =>   x ── f
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Slice", "Concat", "Split", "Expand", "Tile", "Pad", "Resize"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """An unchanged shape proves it, except for steps of Slice and modes of Pad and Resize."""
        x, y = node.inputs[0], node.outputs[0]
        if x is None or dims(x) is None or dims(x) != dims(y):
            return None
        if len(node.outputs) > 1 or (node.op_type == "Concat" and len(node.inputs) > 1):
            return None
        return bypass(node, x) if _keeps_order(node) else None


def _keeps_order(node: ir.Node) -> bool:
    if node.op_type == "Slice":
        steps = array_of(node.inputs[4]) if len(node.inputs) > 4 else None
        return steps is not None and bool((steps == 1).all())
    if node.op_type == "Pad":
        pads = array_of(node.inputs[1])
        return pads is not None and not pads.any()
    if node.op_type == "Resize":
        mode = node.attributes.get_string("coordinate_transformation_mode", "half_pixel")
        scales = array_of(node.inputs[2]) if len(node.inputs) > 2 else None
        exact = scales is None or bool((scales == 1).all())
        return mode in _IDENTITY_RESIZE and exact
    return True
