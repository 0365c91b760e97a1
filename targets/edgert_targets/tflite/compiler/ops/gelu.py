"""Gelu, exact or with the tanh approximation."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import string
from edgert_targets.tflite.compiler.activation import gelu
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Unary
from edgert_targets.tflite.compiler.graph import Tensor


class Gelu(Unary):
    op_type = "Gelu"
    quantizes = True

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        gelu(context, operands[0], target, string(node, "approximate", "none") == "tanh")
