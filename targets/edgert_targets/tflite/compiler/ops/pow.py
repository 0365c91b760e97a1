"""Pow: SQUARE and SQRT where the exponent is 2 or 1/2."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, required
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.elementwise import Elementwise
from edgert_targets.tflite.compiler.graph import Tensor


class Pow(Elementwise):
    op_type = "Pow"
    code = "POW"

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        exponent = array_of(required(node, 1))
        number = (
            float(exponent.reshape(-1)[0]) if exponent is not None and exponent.size == 1 else 0
        )
        code = {2.0: "SQUARE", 0.5: "SQRT"}.get(number)
        context.emit(*((code, operands[:1]) if code else (self.code, operands)), target)
