"""Softsign: x / (1 + |x|)."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor


class Softsign(Unary):
    op_type = "Softsign"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        x = operands[0]
        magnitude, divisor = context.like(x), context.like(x)
        context.emit("ABS", [x], magnitude)
        context.emit("ADD", [magnitude, context.number(1.0, x)], divisor, ("AddOptions", {}))
        context.emit("DIV", [x, divisor], target, ("DivOptions", {}))
