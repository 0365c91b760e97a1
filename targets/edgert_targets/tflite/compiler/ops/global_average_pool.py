"""GlobalAveragePool: MEAN over the image, with parameters of its own in int8."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.nodes import rank_of, required
from edgert_compiler.graph.types import unsupported_type
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class GlobalAveragePool(Lowering):
    op_type = "GlobalAveragePool"
    spatial = True
    quantizes = True
    code = "MEAN"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0)

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        places = sorted(x.place(axis) for axis in range(2, rank_of(required(node, 0))))
        target = context.result(node.outputs[0], x.order, context.params(node))
        options = ("ReducerOptions", {"keep_dims": True})
        context.emit(self.code, [x.tensor, context.vector(places)], target, options)
