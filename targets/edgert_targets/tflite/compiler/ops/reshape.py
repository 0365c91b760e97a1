"""Reshape."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.fused import FUSED_GEMM
from edgert_compiler.graph.matching import op_id
from edgert_compiler.graph.nodes import rank_of, required, shape_of
from edgert_compiler.program import layout
from edgert_compiler.program.ir import DType
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Array, Context


class Reshape(Lowering):
    """In the axis order that the value has, where merged axes follow each other in it.

    Else the axes that merge are brought together first; the others keep their places. Images that
    only matrix products read are flattened as they lie, and the matrices are permuted.
    """

    op_type = "Reshape"
    quantizes = True

    def lower(self, node: ir.Node, context: Context) -> None:
        value = node.outputs[0]
        x = context.operand(node)
        order = _order_after(x, shape_of(value))
        if order is None and x.order[0] == 0 and _flattens_for_products(node):
            _flatten(x, value, context)
            return
        if order is None:
            before, order = _orders(x, shape_of(value))
            x = context.operand(node, 0, before)
        target = context.result(value, order, x.params)
        context.emit(
            "RESHAPE", [x.tensor, context.vector(target.shape)], target, ("ReshapeOptions", {})
        )


def _flattens_for_products(node: ir.Node) -> bool:
    """Whether [N, ...] becomes [N, K] for products with constant matrices alone."""
    value, source = node.outputs[0], shape_of(required(node, 0))
    return (
        rank_of(value) == 2
        and shape_of(value)[0] == source[0]
        and not value.is_graph_output()
        and all(op_id(user) == FUSED_GEMM and index == 0 for user, index in value.uses())
    )


def _flatten(x: Array, value: ir.Value, context: Context) -> None:
    sizes = x.onnx_shape[1:]
    tensor = context.like(x.tensor, shape_of(value))
    target = context.vector(tensor.shape)
    context.emit("RESHAPE", [x.tensor, target], tensor, ("ReshapeOptions", {}))
    axes = [axis - 1 for axis in x.order if axis]
    positions = np.arange(math.prod(sizes)).reshape(sizes).transpose(axes).reshape(-1)
    context.bind_permuted(value, tensor, positions)


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
