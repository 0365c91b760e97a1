"""Gather."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, axis_of, required
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Gather(Lowering):
    """A view where the indices are constant and evenly spaced, else the kernel `gather`."""

    op_type = "Gather"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        x = context.operand(node)
        axis = axis_of(node, len(x.shape), 0)
        value = node.outputs[0]
        view = _evenly_spaced(x, axis, array_of(required(node, 1)))
        if view is not None:
            context.bind(value, view)
            return
        x = context.dense(x)
        indices = context.dense(context.native(required(node, 1)), _order(required(node, 1)))
        order = gathered_order(layout.order_of(x), axis, len(indices.shape))
        output = context.output_like(value, x, order)
        outer = math.prod(x.shape[a] for a in _before(layout.order_of(x), axis))
        flat = layout.reshape(indices, (indices.count,))
        target = layout.reshape(
            layout.transpose(output, order), (outer, indices.count, _rest(output, outer, indices))
        )
        assert flat is not None
        assert target is not None
        context.emit("gather", [layout.around(x, axis), flat], [target])


def gathered_order(order: layout.Order, axis: int, rank: int) -> layout.Order:
    """The order of the output: the axes of the indices take the place of `axis`."""
    result: list[int] = []
    for a in order:
        if a == axis:
            result += range(axis, axis + rank)
        else:
            result.append(a if a < axis else a + rank - 1)
    return tuple(result)


def _before(order: layout.Order, axis: int) -> layout.Order:
    return order[: order.index(axis)]


def _rest(output: Tensor, outer: int, indices: Tensor) -> int:
    done = outer * indices.count
    return output.count // done if done else 0


def _order(value: ir.Value) -> layout.Order:
    return layout.row_major(len(value.shape or ()))


def _evenly_spaced(x: Tensor, axis: int, indices: np.ndarray | None) -> Tensor | None:
    """x at constant indices of rank 0 or 1 as a view, where there is one."""
    if indices is None or indices.ndim > 1 or indices.size == 0:
        return None
    chosen = np.where(indices < 0, indices + x.shape[axis], indices).reshape(-1).astype(np.int64)
    steps = np.unique(np.diff(chosen))
    if steps.size > 1:
        return None
    step = int(steps[0]) if steps.size else 1
    view = layout.narrow(x, axis, int(chosen[0]), chosen.size, step)
    if indices.ndim == 1:
        return view
    kept = [a for a in range(len(x.shape)) if a != axis]
    return layout.transpose(view, kept)
