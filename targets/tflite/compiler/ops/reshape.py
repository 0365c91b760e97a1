"""Reshape."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.attributes import shape_of
from edgert.compiler.program.ir import DType
from edgert.targets.tflite.compiler.base import Lowering
from edgert.targets.tflite.compiler.context import Array, Context


class Reshape(Lowering):
    """In the axis order that the value has, where merged axes follow each other in it.

    Else the axes that merge are brought together first; the others keep their places.
    """

    op_type = "Reshape"
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        value = node.outputs[0]
        x = context.operand(node)
        order = _order_after(x, shape_of(value))
        if order is None:
            before, order = _orders(x, shape_of(value))
            x = context.operand(node, 0, before)
        target = context.result(value, order, x.params)
        context.emit(
            "RESHAPE", [x.tensor, context.vector(target.shape)], target, ("ReshapeOptions", {})
        )


def _order_after(x: Array, shape: tuple[int, ...]) -> layout.Order | None:
    """The axis order of the reshaped value if no element moves, else None."""
    source = layout.allocate(DType.F32, x.onnx_shape, x.order)
    view = layout.reshape(source, shape)
    if view is None:
        return None
    order = layout.order_of(view)
    return order if layout.transpose(view, order).contiguous else None


def _orders(x: Array, shape: tuple[int, ...]) -> tuple[layout.Order, layout.Order]:
    """Axis orders before and after between which no element moves, near to that of `x`."""
    source = layout.allocate(DType.F32, x.onnx_shape, x.order)
    order = layout.reshape_order(source, shape)
    window = layout.reshape(layout.allocate(DType.F32, shape, order), x.onnx_shape)
    assert window is not None, "every factor of the copy is contiguous"
    return layout.order_of(window), order
