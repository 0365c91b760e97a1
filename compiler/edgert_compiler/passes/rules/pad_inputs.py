"""Pad: amounts and value as inputs, for all axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, integers, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class PadInputs(Rule):
    """Attributes become inputs; an `axes` input is spelled out over all axes.

    Pad{pads=[...], value=1}(x)    =>   Pad(x, [...], 1)
    Pad(x, [1, 2], 0, axes=[3])    =>   Pad(x, [0, 0, 0, 1, 0, 0, 0, 2], 0)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Pad"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses amounts or axes that are computed."""
        x = node.inputs[0]
        shape = dims(x) if x is not None else None
        if x is None or shape is None:
            return None
        value = optional(node, 2)
        if len(node.inputs) == 1:
            pads: Sequence[int] = integers(node, "pads")
            dtype = x.dtype or ir.DataType.FLOAT
            fill = np.array(node.attributes.get_float("value", 0.0), dtype.numpy())
            value = new_constant(fill, f"{node.name}_value")
        else:
            given, axes = array_of(node.inputs[1]), optional(node, 3)
            listed = array_of(axes)
            if given is None or (axes is not None and listed is None):
                return Refusal("the amounts are computed while running")
            if listed is None:
                return None
            pads = _spread(given.tolist(), listed.tolist(), len(shape))
        amounts = new_constant(np.array(pads, np.int64), f"{node.name}_pads")
        mode = node.attributes.get_string("mode", "constant")
        return Rewrite((emit("Pad", [x, amounts, value], {"mode": mode}),))


def _spread(pads: list[int], axes: list[int], rank: int) -> list[int]:
    spread = [0] * (2 * rank)
    for index, axis in enumerate(axes):
        spread[axis % rank] = pads[index]
        spread[axis % rank + rank] = pads[index + len(axes)]
    return spread
