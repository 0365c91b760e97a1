"""Split: SPLIT_V."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, rank_of, required, shape_of
from edgert_compiler.graph.types import unsupported_dynamic
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class Split(Lowering):
    op_type = "Split"
    pointwise = True
    quantizes = True

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_dynamic(node, 1, "the sizes")

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        axis = axis_of(node, rank_of(required(node, 0)), 0)
        sizes = [shape_of(value)[axis] for value in node.outputs]
        targets = [context.result(value, x.order, x.params) for value in node.outputs]
        place = context.constant(np.array(x.place(axis), np.int32))
        options = ("SplitVOptions", {"num_splits": len(sizes)})
        context.emit("SPLIT_V", [x.tensor, context.vector(sizes), place], targets, options)
