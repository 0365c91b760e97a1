"""Elu: ELU, which has alpha 1, or made of it."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.compiler.nodes import number
from edgert.targets.tflite.compiler.activation import exponential_linear
from edgert.targets.tflite.compiler.context import Context
from edgert.targets.tflite.compiler.elementwise import Unary
from edgert.targets.tflite.compiler.graph import Tensor


class Elu(Unary):
    op_type = "Elu"
    code = "ELU"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        alpha = number(node, "alpha", 1.0)
        if alpha == 1.0:
            super().emit(node, operands, target, context)
        else:
            exponential_linear(context, operands[0], target, alpha)
