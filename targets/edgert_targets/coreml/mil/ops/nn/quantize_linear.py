"""QuantizeLinear."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional, required
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp


class QuantizeLinear(MilOp):
    """Of activations, to int8."""

    op_type = "QuantizeLinear"

    def unsupported(self, node: ir.Node, ios: int) -> str | None:
        scale, zero_point = array_of(required(node, 1)), array_of(optional(node, 2))
        if scale is None or scale.size != 1:
            return "its scale is not one constant"
        if zero_point is None or zero_point.dtype != np.int8:
            return "it does not quantize to int8"
        return None if ios >= 17 else "int8 activations need iOS 17"

    def lower(self, node: ir.Node, context: MilContext) -> None:
        scale, zero_point = array_of(required(node, 1)), array_of(optional(node, 2))
        assert scale is not None
        assert zero_point is not None
        context.emit(
            node.outputs[0],
            "quantize",
            input=context.input(node, 0),
            scale=context.number(scale.item()),
            zero_point=zero_point.reshape(())[()],
            output_dtype="int8",
        )
