"""Resize."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.attributes import required, shape_of
from edgert.compiler.lowering.context import LoweringContext
from edgert.compiler.lowering.interpolation import outside, table
from edgert.compiler.lowering.resampling import axes_of, mode_of
from edgert.compiler.lowering.types import BYTE, FLOAT, unsupported_dynamic, unsupported_type
from edgert.compiler.ops.base import Int8, OpLowering


class Resize(OpLowering):
    """Of the height and width of images, with tables computed here."""

    op_type = "Resize"

    def unsupported(self, node: ir.Node) -> str | None:
        return (
            unsupported_type(node, 0, FLOAT | BYTE)
            or unsupported_dynamic(node, 1, "the region of interest")
            or unsupported_dynamic(node, 2, "the scales")
            or unsupported_dynamic(node, 3, "the sizes")
            or _unsupported_axes(node)
        )

    def int8(self, node: ir.Node) -> Int8:
        return Int8.PRESERVE

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        order = layout.channels_last(len(shape_of(required(node, 0))))
        x = context.operand(node, 0, order)
        y = context.output_like(node.outputs[0], x, order)
        mode = mode_of(node)
        tables = [table(axis, mode) for axis in axes_of(node)[-2:]]
        operands = [context.constant(a) for t in tables for a in (t.index, t.weight)]
        context.emit("resize2d", [layout.images(x), *operands], [layout.images(y)])


def _unsupported_axes(node: ir.Node) -> str | None:
    rank = len(shape_of(required(node, 0)))
    if rank not in (3, 4):
        return f"has {rank - 2} spatial dimensions; edgert resizes 1 and 2"
    n, c, *spatial = axes_of(node)
    if any(axis.inputs != axis.outputs for axis in (n, c)):
        return "resizes the batch or the channels; edgert resizes height and width"
    if any(outside(axis, mode_of(node)).any() for axis in spatial):
        return "its region of interest reaches beyond the image"
    return None
