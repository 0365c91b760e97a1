"""What the attributes and constant inputs of ONNX Resize say, for whoever lowers it."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.interpolation import Axis, Mode
from edgert_compiler.graph.nodes import (
    array_of,
    integer,
    integers,
    number,
    optional,
    required,
    shape_of,
    string,
)


def mode_of(node: ir.Node) -> Mode:
    """How it interpolates."""
    return Mode(
        string(node, "mode", "nearest"),
        string(node, "coordinate_transformation_mode", "half_pixel"),
        string(node, "nearest_mode", "round_prefer_floor"),
        number(node, "cubic_coeff_a", -0.75),
        bool(integer(node, "exclude_outside", 0)),
        bool(integer(node, "antialias", 0)),
    )


def axes_of(node: ir.Node) -> list[Axis]:
    """Every axis of x; for sequences [N, C, W] with a height of 1 before the width."""
    inputs, outputs = shape_of(required(node, 0)), shape_of(node.outputs[0])
    resized = integers(node, "axes", range(len(inputs)))
    scales = {axis: outputs[axis] / inputs[axis] for axis in range(len(inputs))}
    given_scales = array_of(optional(node, 2))
    if given_scales is not None and given_scales.size:
        scales |= dict(zip(resized, map(float, given_scales)))
    elif string(node, "keep_aspect_ratio_policy", "stretch") != "stretch":
        scales |= dict.fromkeys(resized, _common_scale(node, inputs, resized))
    roi = array_of(optional(node, 1))
    regions = dict.fromkeys(range(len(inputs)), (0.0, 1.0))
    if roi is not None and roi.size:
        half = roi.size // 2
        regions |= {a: (float(roi[i]), float(roi[i + half])) for i, a in enumerate(resized)}
    axes = [Axis(inputs[a], outputs[a], scales[a], regions[a]) for a in range(len(inputs))]
    return axes if len(axes) != 3 else [*axes[:2], Axis(1, 1, 1.0), axes[2]]


def _common_scale(node: ir.Node, inputs: tuple[int, ...], resized: tuple[int, ...]) -> float:
    sizes = array_of(optional(node, 3))
    assert sizes is not None
    ratios = [int(size) / inputs[axis] for size, axis in zip(sizes, resized)]
    policy = string(node, "keep_aspect_ratio_policy", "stretch")
    return min(ratios) if policy == "not_larger" else max(ratios)
