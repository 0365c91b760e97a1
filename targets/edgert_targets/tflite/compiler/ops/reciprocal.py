"""Reciprocal: 1 / x."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor


class Reciprocal(Unary):
    op_type = "Reciprocal"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        one = context.number(1.0, operands[0])
        context.emit("DIV", [one, operands[0]], target, ("DivOptions", {}))
