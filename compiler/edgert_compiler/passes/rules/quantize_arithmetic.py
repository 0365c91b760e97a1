"""QuantizeLinear other than to bytes with constant parameters of the whole tensor."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.granularity import broadcastable, integer_limits, is_plain
from edgert_compiler.graph.linear import single
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.rules.linear_round_trip import round_trip


class QuantizeArithmetic(Rule):
    """Per axis, in blocks, to other types, with parameters that are computed: arithmetic.

    QuantizeLinear(x, s, z)   =>   Cast(Clip(Add(Round(Div(x, s)), z)))

    Floats of 8 and 4 bits are neither rounded nor clipped before Cast. After the import of Q/DQ
    models, which wants to see the nodes.
    """

    stage = Stage.FUSE  # products keep the weights that the model gives them
    ops = frozenset({"QuantizeLinear"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Where no kernel converts. Refused while there are round trips (linear_round_trip)."""
        x, scale, output = node.inputs[0], node.inputs[1], node.outputs[0]
        if x is None or scale is None or output.dtype is None or is_plain(node, output, x):
            return None
        if any(round_trip(reader) is not None for reader in output.consumers()):
            return Refusal("a DequantizeLinear reads it that needs no integers")
        zero_point = optional(node, 2)
        shift = broadcastable(node, zero_point) if zero_point is not None else None
        divisor = broadcastable(node, scale)
        if divisor is None or (zero_point is not None and shift is None):
            return None
        y = emit("Div", [single(x), divisor])
        limits = integer_limits(output.dtype)
        if limits is not None:
            y = emit("Round", [y])
        if shift is not None:
            y = emit("Add", [y, shift])
        if limits is not None:
            bounds = [new_constant(np.float32(limit), f"{node.name}_limit") for limit in limits]
            y = emit("Clip", [y, *bounds])
        saturate = node.attributes.get_int("saturate", 1)
        attributes = {"to": int(output.dtype), "saturate": saturate}
        return Rewrite((emit("Cast", [y], attributes),))
