"""Softplus."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert.targets.tflite.compiler.activation import softplus
from edgert.targets.tflite.compiler.context import Context
from edgert.targets.tflite.compiler.elementwise import Unary
from edgert.targets.tflite.compiler.graph import Tensor


class Softplus(Unary):
    op_type = "Softplus"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        softplus(context, operands[0], target)
