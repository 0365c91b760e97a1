"""Elementwise operators: operands brought to one rank and axis order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, rank_of, required, shape_of
from edgert_compiler.graph.types import FLOAT, unsupported_type
from edgert_compiler.program import layout
from edgert_compiler.program.layout import Order
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor


def aligned(node: ir.Node, indices: Sequence[int], context: Context) -> tuple[list[Tensor], Order]:
    """Inputs as tensors that broadcast against the output as TFLite broadcasts, and its order."""
    rank = rank_of(node.outputs[0])
    computed = [i for i in indices if required(node, i).const_value is None]
    full = [i for i in computed if rank_of(required(node, i)) == rank]
    lead = max(full, key=lambda i: math.prod(shape_of(required(node, i))), default=None)
    order = layout.row_major(rank) if lead is None else context.operand(node, lead).order
    return [_operand(node, index, order, context) for index in indices], order


def _operand(node: ir.Node, index: int, order: Order, context: Context) -> Tensor:
    value = required(node, index)
    missing = len(order) - rank_of(value)
    if value.const_value is not None:
        return _constant(node, value, order, context)
    if not missing:
        return context.operand(node, index, order).tensor
    array = context.operand(node, index, layout.row_major(rank_of(value)))
    wide = context.reshaped(array.tensor, (1,) * missing + shape_of(value))
    wide_array = type(array)(wide, layout.row_major(len(order)))
    return context.transposed(wide_array, order).tensor


def _constant(node: ir.Node, value: ir.Value, order: Order, context: Context) -> Tensor:
    """In int8 with the plan's parameters, or with those of its own range."""
    array = array_of(value)
    assert array is not None
    wide = array.reshape((1,) * (len(order) - array.ndim) + array.shape).transpose(order)
    if context.is_int8(node) and value.dtype == ir.DataType.FLOAT:
        return context.quantized_constant(wide, context.plan.activations.get(value.name or ""))
    return context.constant(wide, name=value.name or "")


class Elementwise(Lowering):
    """An operator that TFLite has under the name `code`, with numpy's broadcasting.

    `types` are those of the operands that TFLite computes with, `ranks` is over how many axes it
    broadcasts. `variadic`: there may be one operand alone, which is the result.
    """

    code: ClassVar[str]
    options: ClassVar[tuple[str, Mapping[str, object]] | None] = None
    types: ClassVar[frozenset[ir.DataType]] = FLOAT
    ranks: ClassVar[int] = 4
    variadic: ClassVar[bool] = False
    pointwise = True

    def unsupported(self, node: ir.Node) -> str | None:
        operands = range(len(node.inputs))
        reasons = (unsupported_type(node, i, self.types) for i in operands)
        return next((reason for reason in reasons if reason is not None), None) or too_many_axes(
            node, self.ranks
        )

    def lower(self, node: ir.Node, context: Context) -> None:
        operands, order = aligned(node, range(len(node.inputs)), context)
        target = context.result(node.outputs[0], order, context.params(node))
        self.emit(node, operands, target, context)

    def emit(
        self, node: ir.Node, operands: Sequence[Tensor], target: Tensor, context: Context
    ) -> None:
        """Emits the operator; operands broadcast against the target."""
        if self.variadic and len(operands) == 1:
            context.store(operands[0], target)
            return
        context.emit(self.code, operands, target, self.options)


class Unary(Elementwise):
    """Of one operand, of any rank."""

    ranks = 8


def too_many_axes(node: ir.Node, most: int) -> str | None:
    """Why TFLite cannot broadcast the operands, if it cannot."""
    shapes = {shape_of(v) for v in node.inputs if v is not None and math.prod(shape_of(v)) > 1}
    rank = rank_of(node.outputs[0])
    if len(shapes) <= 1 or rank <= most:
        return None
    return f"broadcasts over {rank} axes; TFLite does over {most}"
