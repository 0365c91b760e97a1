"""Softplus, and Mish: x * tanh(softplus(x))."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_targets.tflite.compiler.activation import softplus, tanh
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor


class Softplus(Unary):
    op_type = "Softplus"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        softplus(context, operands[0], target)


class Mish(Unary):
    op_type = "Mish"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        x = operands[0]
        growth, gate = context.like(x), context.like(x)
        softplus(context, x, growth)
        tanh(context, growth, gate)
        context.emit("MUL", [x, gate], target, ("MulOptions", {}))
