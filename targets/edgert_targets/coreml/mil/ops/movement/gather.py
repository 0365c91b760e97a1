"""Gather."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, axis_of, rank_of, required, shape_of
from edgert_targets.coreml.mil.context import MilContext
from edgert_targets.coreml.mil.ops.base import MilOp
from edgert_targets.coreml.mil.types import ANY


class Gather(MilOp):
    """Indices that count from the end are made to count from the front.

    MIL gathers numbers: bools become int32 on the way.
    """

    op_type = "Gather"
    kinds = ANY

    def lower(self, node: ir.Node, context: MilContext) -> None:
        data, axis = required(node, 0), axis_of(node, rank_of(required(node, 0)), 0)
        size = shape_of(data)[axis]
        constant = array_of(required(node, 1))
        if constant is not None:
            indices = np.where(constant < 0, constant + size, constant).astype(np.int32)
        else:
            indices = _from_the_front(context, context.input(node, 1), size)
        x = context.input(node, 0)
        if data.dtype != ir.DataType.BOOL:
            context.emit(node.outputs[0], "gather", x=x, indices=indices, axis=axis)
            return
        x = context.make("cast", x=x, dtype="int32")
        found = context.make("gather", x=x, indices=indices, axis=axis)
        context.emit(node.outputs[0], "cast", x=found, dtype="bool")


def _from_the_front(context: MilContext, indices: Any, size: int) -> Any:
    wrapped = context.make("add", x=indices, y=np.int32(size))
    positive = context.make("greater_equal", x=indices, y=np.int32(0))
    return context.make("select", cond=positive, a=indices, b=wrapped)
