"""Div; in int8 by a constant, as a product with its reciprocal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, required
from edgert_compiler.operators.base import QuantizationRole
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Elementwise
from edgert_targets.tflite.compiler.graph import Tensor


class Div(Elementwise):
    op_type = "Div"
    code = "DIV"
    ranks = 6
    options = ("DivOptions", {})
    types = frozenset({ir.DataType.FLOAT, ir.DataType.INT32})

    def role(self, node: ir.Node, own: QuantizationRole) -> QuantizationRole:
        divisor = array_of(required(node, 1))
        return (
            own
            if divisor is not None and divisor.size == 1 and divisor.all()
            else QuantizationRole.FLOAT
        )

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        if target.params is None:
            super().emit(node, operands, target, context)
            return
        divisor = array_of(required(node, 1))
        assert divisor is not None
        factor = context.quantized_constant(np.float32(1.0) / divisor.reshape(()))
        context.emit("MUL", [operands[0], factor], target, ("MulOptions", {}))
