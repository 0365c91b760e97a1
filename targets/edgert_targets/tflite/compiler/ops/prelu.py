"""PRelu: max(x, 0) + slope * min(x, 0), as TFLite's PRELU wants slopes of the image's rank."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import required
from edgert_compiler.operators.base import QuantizationRole
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Elementwise
from edgert_targets.tflite.compiler.graph import Tensor


class PRelu(Elementwise):
    op_type = "PRelu"
    code = "PRELU"

    def role(self, node: ir.Node, own: QuantizationRole) -> QuantizationRole:
        return own if required(node, 1).const_value is not None else QuantizationRole.FLOAT

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        x, slope = operands
        context.emit(self.code, [x, context.reshaped(slope, slope.shape[-3:])], target)
