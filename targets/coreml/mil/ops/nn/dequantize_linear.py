"""DequantizeLinear."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.nodes import array_of, optional, required
from edgert.targets.coreml.mil.context import MilContext
from edgert.targets.coreml.mil.ops.base import MilOp
from edgert.targets.coreml.mil.types import Kind
from edgert.targets.coreml.mil.weights import Weights


class DequantizeLinear(MilOp):
    """Of activations; constants behind it are dequantized where they are read."""

    op_type = "DequantizeLinear"
    kinds = frozenset({Kind.QUANTIZED})

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        if Weights.of(node.outputs[0]) is not None:
            return None
        scale, zero_point = array_of(required(node, 1)), array_of(optional(node, 2))
        if scale is None or scale.size != 1 or zero_point is None:
            return "its scale and zero point are not one constant each"
        return None if ios >= 17 else "int8 activations need iOS 17"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        if Weights.of(node.outputs[0]) is not None:
            return
        scale, zero_point = array_of(required(node, 1)), array_of(optional(node, 2))
        assert scale is not None
        assert zero_point is not None
        context.emit(
            node.outputs[0],
            "dequantize",
            input=context.input(node, 0),
            scale=context.number(scale.item()),
            zero_point=zero_point.reshape(())[()],
        )
