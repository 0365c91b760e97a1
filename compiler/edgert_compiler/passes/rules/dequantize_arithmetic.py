"""DequantizeLinear other than from bytes with constant parameters of the whole tensor."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.granularity import broadcastable, is_plain
from edgert_compiler.graph.linear import single
from edgert_compiler.graph.matching import is_float
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.rules.linear_round_trip import round_trip


class DequantizeArithmetic(Rule):
    """Per axis, in blocks, of other integers, with parameters that are computed: arithmetic.

    DequantizeLinear(x, s, z)   =>   Mul(Sub(Cast{float32}(x), Cast{float32}(z)), s)

    After the import of Q/DQ models, which wants to see the nodes.
    """

    stage = Stage.FUSE  # products keep the weights that the model gives them
    ops = frozenset({"DequantizeLinear"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Where no kernel converts. Refuses the end of a round trip (linear_round_trip)."""
        x, scale, output = node.inputs[0], node.inputs[1], node.outputs[0]
        if x is None or scale is None or output.dtype is None or is_plain(node, x, output):
            return None
        if round_trip(node) is not None:
            return Refusal("it needs no integers")
        zero_point = optional(node, 2)
        shift = broadcastable(node, zero_point) if zero_point is not None else None
        factor = broadcastable(node, scale)
        if factor is None or (zero_point is not None and shift is None):
            return None
        real = single(x)
        if shift is not None:
            real = emit("Sub", [real, shift])
        ones = array_of(factor)
        if ones is None or np.any(ones != 1):
            real = emit("Mul", [real, factor])
        return Rewrite(
            (real if is_float(output) else emit("Cast", [real], {"to": int(output.dtype)}),)
        )
