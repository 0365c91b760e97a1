"""Swish: x * sigmoid(alpha * x)."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import number
from edgert_targets.tflite.compiler.activation import silu
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor


class Swish(Unary):
    op_type = "Swish"
    quantizes = True

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        silu(context, operands[0], target, number(node, "alpha", 1.0))
