"""Gather: GATHER; constant indices may be negative."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, axis_of, rank_of, required, shape_of
from edgert_compiler.program import layout
from edgert_compiler.program.layout import Order
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor


class Gather(Lowering):
    """The axes of the indices take the place of the axis, in the order that the value has."""

    op_type = "Gather"
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        axis = axis_of(node, rank_of(required(node, 0)), 0)
        x = context.operand(node)
        rank = rank_of(required(node, 1))
        place = x.place(axis)
        target = context.result(node.outputs[0], _order(x.order, axis, rank), x.params)
        indices = _indices(node, shape_of(required(node, 0))[axis], context)
        context.emit("GATHER", [x.tensor, indices], target, ("GatherOptions", {"axis": place}))


def _order(order: Order, axis: int, rank: int) -> Order:
    new: list[int] = []
    for old in order:
        if old == axis:
            new += range(axis, axis + rank)
        else:
            new.append(old if old < axis else old + rank - 1)
    return tuple(new)


def _indices(node: ir.Node, size: int, context: Context) -> Tensor:
    value = required(node, 1)
    array = array_of(value)
    if array is not None:
        return context.constant(np.where(array < 0, array + size, array).astype(np.int32))
    found = context.native(value, layout.row_major(rank_of(value))).tensor
    return _wrapped(found, size, context)


def _wrapped(indices: Tensor, size: int, context: Context) -> Tensor:
    """Indices that may count from the end, as FLOOR_MOD of the size."""
    wrapped = context.like(indices)
    context.emit("FLOOR_MOD", [indices, context.constant(np.array(size, indices.dtype))], wrapped)
    return wrapped
