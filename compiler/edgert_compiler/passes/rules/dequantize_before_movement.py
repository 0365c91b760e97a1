"""Data movement between quantized operators."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.movement import converted_before, movement, stems_from


class DequantizeBeforeMovement(Rule):
    """Integers that were quantized in the graph meet their DequantizeLinear before they move.

    DQ(MaxPool(QuantizeLinear(x, s, z)), s, z)   =>   MaxPool(DQ(QuantizeLinear(x, s, z), s, z))

    The import of Q/DQ models then finds a pair, and the movement is part of the float graph.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"DequantizeLinear"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses scales of an axis, which might be another one before."""
        x, params = node.inputs[0], node.inputs[1:]
        if x is None or movement(x) is None:
            return None
        arrays = [array_of(value) for value in params if value is not None]
        if not all(array is not None and array.ndim == 0 for array in arrays):
            return Refusal("its scale is not a constant of the whole tensor")
        if not stems_from(x, lambda source: source.op_type == "QuantizeLinear"):
            return Refusal("what is moved was not quantized in the graph")
        attributes = dict(node.attributes)

        def dequantize(value: ir.Value) -> ir.Value:
            return emit("DequantizeLinear", [value, *params], attributes)

        return Rewrite((converted_before(x, dequantize),))
