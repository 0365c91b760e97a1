"""Identity, where it gives an output its name."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class Identity(Lowering):
    op_type = "Identity"
    pointwise = True
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        target = context.result(node.outputs[0], x.order, x.params)
        context.store(x.tensor, target)
