"""IsNaN: what differs from itself."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor


class IsNaN(Unary):
    op_type = "IsNaN"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        context.emit("NOT_EQUAL", [operands[0], operands[0]], target)
