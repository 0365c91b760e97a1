"""Resize."""

from __future__ import annotations

import onnx_ir as ir

from edgert.compiler.lowering import layout
from edgert.compiler.lowering.attributes import (
    array_of,
    given,
    integer,
    integers,
    number,
    required,
    shape_of,
    string,
)
from edgert.compiler.lowering.context import LoweringContext
from edgert.compiler.lowering.interpolation import Axis, Mode, outside, table
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
        mode = _mode(node)
        tables = [table(axis, mode) for axis in _axes(node)[-2:]]
        operands = [context.constant(a) for t in tables for a in (t.index, t.weight)]
        context.emit("resize2d", [layout.images(x), *operands], [layout.images(y)])


def _unsupported_axes(node: ir.Node) -> str | None:
    rank = len(shape_of(required(node, 0)))
    if rank not in (3, 4):
        return f"has {rank - 2} spatial dimensions; edgert resizes 1 and 2"
    n, c, *spatial = _axes(node)
    if any(axis.inputs != axis.outputs for axis in (n, c)):
        return "resizes the batch or the channels; edgert resizes height and width"
    if any(outside(axis, _mode(node)).any() for axis in spatial):
        return "its region of interest reaches beyond the image"
    return None


def _mode(node: ir.Node) -> Mode:
    return Mode(
        string(node, "mode", "nearest"),
        string(node, "coordinate_transformation_mode", "half_pixel"),
        string(node, "nearest_mode", "round_prefer_floor"),
        number(node, "cubic_coeff_a", -0.75),
        bool(integer(node, "exclude_outside", 0)),
        bool(integer(node, "antialias", 0)),
    )


def _axes(node: ir.Node) -> list[Axis]:
    """Every axis of x; for sequences [N, C, W] with a height of 1 before the width."""
    inputs, outputs = shape_of(required(node, 0)), shape_of(node.outputs[0])
    resized = integers(node, "axes", range(len(inputs)))
    scales = {axis: outputs[axis] / inputs[axis] for axis in range(len(inputs))}
    given_scales = array_of(given(node, 2))
    if given_scales is not None and given_scales.size:
        scales |= dict(zip(resized, map(float, given_scales)))
    elif string(node, "keep_aspect_ratio_policy", "stretch") != "stretch":
        scales |= dict.fromkeys(resized, _common_scale(node, inputs, resized))
    roi = array_of(given(node, 1))
    regions = dict.fromkeys(range(len(inputs)), (0.0, 1.0))
    if roi is not None and roi.size:
        half = roi.size // 2
        regions |= {a: (float(roi[i]), float(roi[i + half])) for i, a in enumerate(resized)}
    axes = [Axis(inputs[a], outputs[a], scales[a], regions[a]) for a in range(len(inputs))]
    return axes if len(axes) != 3 else [*axes[:2], Axis(1, 1, 1.0), axes[2]]


def _common_scale(node: ir.Node, inputs: tuple[int, ...], resized: tuple[int, ...]) -> float:
    sizes = array_of(given(node, 3))
    assert sizes is not None
    ratios = [int(size) / inputs[axis] for size, axis in zip(sizes, resized)]
    policy = string(node, "keep_aspect_ratio_policy", "stretch")
    return min(ratios) if policy == "not_larger" else max(ratios)
