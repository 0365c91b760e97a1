"""TopK: TOPK_V2 along the last axis."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, integer, integers_of, rank_of, required
from edgert_compiler.graph.types import unsupported_dynamic, unsupported_type
from edgert_compiler.importer.tflite.schema import tensor_type
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context


class TopK(Lowering):
    """The largest; the smallest are the largest of the negated values."""

    op_type = "TopK"

    def unsupported(self, node: ir.Node) -> str | None:
        return unsupported_type(node, 0) or unsupported_dynamic(node, 1, "k")

    def lower(self, node: ir.Node, context: Context) -> None:
        value = required(node, 0)
        rank = rank_of(value)
        axis = axis_of(node, rank, -1)
        order = (*(a for a in range(rank) if a != axis), axis)
        x = context.native(value, order).tensor
        (k,) = integers_of(node, 1) or (1,)
        values = context.result(node.outputs[0], order)
        largest = bool(integer(node, "largest", 1))
        source, found = x, values
        if not largest:
            source, found = context.like(x), context.like(values)
            context.emit("NEG", [x], source)
        indices = context.tensor(values.shape, np.dtype(np.int32))
        context.emit("TOPK_V2", [source, context.constant(np.array(k, np.int32))], [found, indices])
        if not largest:
            context.emit("NEG", [found], values)
        wide = context.result(node.outputs[1], order)
        types = {
            "in_data_type": tensor_type(indices.dtype),
            "out_data_type": tensor_type(wide.dtype),
        }
        context.emit("CAST", [indices], wide, ("CastOptions", types))
