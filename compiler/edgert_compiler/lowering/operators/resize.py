"""Resize."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.interpolation import Table, table
from edgert_compiler.graph.nodes import number, required, shape_of
from edgert_compiler.graph.resampling import axes_of, mode_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext
from edgert_compiler.operators.resize import extrapolates, inside
from edgert_compiler.program import layout
from edgert_compiler.program.ir import Tensor


class Resize(Lowering):
    """With tables computed here: at most two axes together, as height and width.

    int8 is rounded after each call.
    """

    op_type = "Resize"

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        resized = _resized(node, context)
        if not extrapolates(node):
            context.bind(node.outputs[0], resized)
            return
        mask = functools.reduce(np.multiply.outer, inside(node)).reshape(resized.shape)
        steps = (
            Instruction("constant", 2, (), (number(node, "extrapolation_value", 0.0),)),
            Instruction("where", 3, (0, 1, 2)),
        )
        output = context.output(node.outputs[0], layout.order_of(resized))
        context.elementwise([context.constant(mask), resized], output, steps)


def _resized(node: ir.Node, context: LoweringContext) -> Tensor:
    """x with all axes resized, as if there were nothing beyond the image."""
    axes = axes_of(node)
    tables = [table(axis, mode_of(node)) for axis in axes]
    changed = [
        along if axis.inputs != axis.outputs or not along.identity else None
        for axis, along in zip(axes, tables)
    ]
    rank = len(shape_of(required(node, 0)))
    if rank not in (3, 4) or any(changed[:2]):
        # A sequence has a height before its width that it does not have.
        own = changed if rank != 3 else [*changed[:2], changed[3]]
        return _axis_by_axis(context.dense(context.operand(node)), own, context)
    order = layout.channels_last(rank)
    x = context.operand(node, 0, order)
    value = node.outputs[0]
    y = layout.allocate(x.dtype, shape_of(value), order, value.name or "", x.quantization)
    _emit(layout.images(x), tables[-2:], layout.images(y), context)
    return y


def _axis_by_axis(x: Tensor, tables: Sequence[Table | None], context: LoweringContext) -> Tensor:
    """Axes that have a table, from the innermost in memory outwards, neighbours together."""
    order = layout.order_of(x)
    pending = [axis for axis in order if tables[axis] is not None]
    while pending:
        axes = [pending.pop()]
        if pending and order.index(pending[-1]) == order.index(axes[0]) - 1:
            axes.insert(0, pending.pop())
        pair = [along for axis in axes if (along := tables[axis]) is not None]
        shape = list(x.shape)
        for axis, along in zip(axes, pair):
            shape[axis] = len(along.index)
        y = layout.allocate(x.dtype, shape, order, x.name, x.quantization)
        _emit(_images(x, axes, order), [_ONE, *pair][-2:], _images(y, axes, order), context)
        x = y
    return x


def _images(tensor: Tensor, axes: Sequence[int], order: layout.Order) -> Tensor:
    """A dense tensor as images [outer, H, W, inner] whose last sizes are those of `axes`."""
    first = order.index(axes[0])
    dims = [tensor.shape[axis] for axis in order]
    size = [1, *(tensor.shape[axis] for axis in axes)][-2:]
    inner = math.prod(dims[first + len(axes) :])
    view = layout.reshape(layout.transpose(tensor, order), (math.prod(dims[:first]), *size, inner))
    assert view is not None, "the tensor has no gaps"
    return layout.canonical(view)


def _emit(x: Tensor, tables: Sequence[Table], y: Tensor, context: LoweringContext) -> None:
    operands = [context.constant(array) for t in tables for array in (t.index, t.weight)]
    context.emit("resize2d", [x, *operands], [y])


_ONE = Table(np.zeros((1, 1), np.int32), np.ones((1, 1), np.float32))
