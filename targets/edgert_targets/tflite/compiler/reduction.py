"""Reductions over axes, which keep the axis order of what is left."""

from __future__ import annotations

from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import axis_of, integer, rank_of, required, shape_of
from edgert_compiler.graph.types import FLOAT, INTEGER, unsupported_dynamic, unsupported_type
from edgert_compiler.importer.tflite.schema import tensor_type
from edgert_compiler.operators.reduce.base import reduced_axes
from edgert_compiler.program.layout import Order
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor


def remaining_order(order: Order, axes: tuple[int, ...]) -> Order:
    """The axis order of a value without some of its axes."""
    left = sorted(set(order) - set(axes))
    return tuple(left.index(axis) for axis in order if axis not in axes)


class Reduction(Lowering):
    """`after(code(before(x)))`."""

    code: ClassVar[str]
    before: ClassVar[str] = ""
    after: ClassVar[str] = ""

    def unsupported(self, node: ir.Node) -> str | None:
        types = FLOAT if self.before or self.code == "MEAN" else FLOAT | INTEGER
        if 0 in shape_of(required(node, 0)):
            return "its input is empty"
        return unsupported_type(node, 0, types) or unsupported_dynamic(node, 1, "the axes")

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.operand(node)
        axes = reduced_axes(node, len(x.order))
        keep = bool(integer(node, "keepdims", 1))
        order = x.order if keep else remaining_order(x.order, axes)
        target = context.result(node.outputs[0], order, context.params(node))
        source = x.tensor
        if self.before:
            source = context.like(x.tensor)
            context.emit(self.before, [x.tensor], source)
        reduced = context.like(target) if self.after else target
        self._reduce(source, reduced, [x.place(axis) for axis in axes], keep, context)
        if self.after:
            context.emit(self.after, [reduced], target)

    def _reduce(
        self, x: Tensor, y: Tensor, places: list[int], keep: bool, context: Context
    ) -> None:
        if not places:
            context.store(x, y)
            return
        axes = context.vector(sorted(places))
        context.emit(self.code, [x, axes], y, ("ReducerOptions", {"keep_dims": keep}))


class ArgReduction(Lowering):
    """ArgMax and ArgMin: the first of equal values."""

    code: ClassVar[str]

    def unsupported(self, node: ir.Node) -> str | None:
        if integer(node, "select_last_index", 0):
            return "selects the last of equal values; TFLite selects the first"
        return unsupported_type(node, 0, FLOAT | frozenset({ir.DataType.INT32}))

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.native(required(node, 0))
        axis = axis_of(node, rank_of(required(node, 0)), 0)
        order = remaining_order(x.order, (axis,))
        value = node.outputs[0]
        keep = bool(integer(node, "keepdims", 1))
        target = context.result(value, x.order if keep else order)
        shape = tuple(size for i, size in enumerate(x.tensor.shape) if x.order[i] != axis)
        found = context.like(target, shape) if keep else target
        table = "ArgMaxOptions" if self.code == "ARG_MAX" else "ArgMinOptions"
        options = (table, {"output_type": tensor_type(target.dtype)})
        context.emit(self.code, [x.tensor, context.vector([x.place(axis)])], found, options)
        if keep:
            context.store(found, target)
