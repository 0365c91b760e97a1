"""DequantizeLinear."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import producer
from edgert_compiler.graph.nodes import array_of, optional, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import Kind
from edgert_targets.coreml.mil.weights import Weights


class DequantizeLinear(MilOp):
    """Of activations, int8 or other integers; constants are dequantized where they are read."""

    op_type = "DequantizeLinear"
    kinds = frozenset({Kind.INT})

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        if Weights.of(node.outputs[0]) is not None:
            return None
        scale, zero_point = array_of(required(node, 1)), array_of(optional(node, 2))
        if scale is None or scale.size != 1 or zero_point is None:
            return "its scale and zero point are not one constant each"
        return None if ios >= 17 or not _is_int8(node) else "int8 activations need iOS 17"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        if Weights.of(node.outputs[0]) is not None:
            return
        scale, zero_point = array_of(required(node, 1)), array_of(optional(node, 2))
        assert scale is not None
        assert zero_point is not None
        x, factor = context.input(node, 0), context.number(scale.item())
        if _is_int8(node):
            context.emit(
                node.outputs[0],
                "dequantize",
                input=x,
                scale=factor,
                zero_point=zero_point.reshape(())[()],
            )
            return
        x = context.make("cast", x=x, dtype=context.float_name)
        x = context.make("sub", x=x, y=context.number(zero_point.item()))
        context.emit(node.outputs[0], "mul", x=x, y=factor)


def _is_int8(node: ir.Node) -> bool:
    """Whether MIL has the data in int8, which it has of what it quantizes itself."""
    return producer(node.inputs[0], "QuantizeLinear") is not None
