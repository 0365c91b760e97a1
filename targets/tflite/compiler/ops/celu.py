"""Celu."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.compiler.nodes import number
from edgert.targets.tflite.compiler.activation import exponential_linear
from edgert.targets.tflite.compiler.context import Context
from edgert.targets.tflite.compiler.elementwise import Unary
from edgert.targets.tflite.compiler.graph import Tensor


class Celu(Unary):
    op_type = "Celu"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        alpha = number(node, "alpha", 1.0)
        exponential_linear(context, operands[0], target, alpha, decay=1 / alpha)
