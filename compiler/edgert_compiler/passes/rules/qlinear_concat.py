"""QLinearConcat of onnxruntime in Q/DQ form."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.linear import Linear, dequantized, quantized
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class QLinearConcat(Rule):
    """Concatenation of tensors with scales of their own.

    com.microsoft.QLinearConcat(ys, yz, a, as, az, b, bs, bz, ...)
        =>   QuantizeLinear(Concat(DQ(a, as, az), DQ(b, bs, bz), ...), ys, yz)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"com.microsoft.QLinearConcat"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Once the types of all scales are known."""
        y = Linear.of(node, 0)
        starts = range(2, len(node.inputs), 3)
        params = [Linear.of(node, start + 1) for start in starts]
        operands = [
            dequantized(node.inputs[start], linear)
            for start, linear in zip(starts, params)
            if linear is not None
        ]
        if y is None or len(operands) < len(params):
            return None
        joined = emit("Concat", operands, {"axis": node.attributes.get_int("axis", 0)})
        return Rewrite((quantized(joined, y, node.inputs[2]),))
