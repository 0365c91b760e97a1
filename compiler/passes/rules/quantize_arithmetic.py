"""QuantizeLinear other than to bytes with constant parameters of the whole tensor."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert.compiler.nodes import optional
from edgert.compiler.passes.base import Rewrite, Rule, Stage
from edgert.compiler.passes.granularity import broadcastable, is_plain
from edgert.compiler.passes.graph import emit, new_constant
from edgert.compiler.passes.linear import single


class QuantizeArithmetic(Rule):
    """Per axis, in blocks, to other types, with parameters that are computed: arithmetic.

    QuantizeLinear(x, s, z)   =>   Cast(Clip(Add(Round(Div(x, s)), z)))

    Floats of 8 and 4 bits are neither rounded nor clipped before Cast. After the import of Q/DQ
    models, which wants to see the nodes.
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"QuantizeLinear"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where no kernel converts."""
        x, scale, output = node.inputs[0], node.inputs[1], node.outputs[0]
        if x is None or scale is None or output.dtype is None or is_plain(node, output, x):
            return None
        zero_point = optional(node, 2)
        shift = broadcastable(node, zero_point) if zero_point is not None else None
        divisor = broadcastable(node, scale)
        if divisor is None or (zero_point is not None and shift is None):
            return None
        y = emit("Div", [single(x), divisor])
        limits = _limits(output.dtype)
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


def _limits(dtype: ir.DataType) -> tuple[int, int] | None:
    """The smallest and the largest number of an integer type, None for floats."""
    if dtype.is_floating_point():
        return None
    span = 1 << dtype.bitwidth
    return (-span // 2, span // 2 - 1) if dtype.is_signed() else (0, span - 1)
