"""Selu."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.compiler.nodes import number
from edgert.targets.tflite.compiler.activation import exponential_linear
from edgert.targets.tflite.compiler.context import Context
from edgert.targets.tflite.compiler.elementwise import Unary
from edgert.targets.tflite.compiler.graph import Tensor


class Selu(Unary):
    op_type = "Selu"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        alpha = number(node, "alpha", 1.67326319217681884765625)
        gamma = number(node, "gamma", 1.05070102214813232421875)
        exponential_linear(context, operands[0], target, gamma * alpha, gamma)
