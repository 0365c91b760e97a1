"""Grouped convolutions of volumes by ones that have kernels."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, integers, optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class Conv3dGroups(Rule):
    """A grouped Conv is the sum over the kernel's slices of grouped convolutions of images.

        Conv{group, pads}(x[N, C, D, H, W], w)   =>   z = Pad{depth}(x)
            sum over k of Conv{group}(every stride-th of slices k.. of z as [N * D', C, H, W], w[k])

    A grouped ConvTranspose is one transposed convolution for each group. Without groups both are
    lowered as they are.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Conv", "ConvTranspose"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """For three spatial dimensions and constant weights."""
        x, weights = node.inputs[:2]
        groups = int(node.attributes.get_int("group", 1))
        array, bias = array_of(weights), optional(node, 2)
        explicit = len(integers(node, "pads")) == 6 and "dilations" in node.attributes
        if x is None or array is None or array.ndim != 5 or groups == 1 or not explicit:
            return None
        if dims(x) is None or dims(node.outputs[0]) is None:
            return None
        if node.op_type == "Conv":
            return Rewrite((_sum_over_depth(node, x, array, bias),))
        return Rewrite((_by_group(node, x, array, bias),))


def _sum_over_depth(
    node: ir.Node, x: ir.Value, weights: np.ndarray, bias: ir.Value | None
) -> ir.Value:
    make = Composer(node)
    batch, _, depth, height, width = dims(node.outputs[0]) or ()
    size = (dims(x) or ())[3:]
    pads = integers(node, "pads")
    padded = make.pad(x, (0, 0, pads[0], 0, 0), (0, 0, pads[3], 0, 0))
    (step, *strides), (spread, *dilations) = (
        integers(node, "strides"),
        integers(node, "dilations"),
    )
    window: dict[str, object] = {
        "group": node.attributes.get_int("group", 1),
        "kernel_shape": weights.shape[3:],
        "strides": strides,
        "dilations": dilations,
        "pads": [*pads[1:3], *pads[4:6]],
    }
    total: ir.Value | None = None
    for tap in range(weights.shape[2]):
        begin = tap * spread
        seen = make.slice(padded, 2, begin, begin + (depth - 1) * step + 1, step)
        slices = make.transpose(seen, 0, 2, 1, 3, 4)
        channels = weights.shape[1] * int(node.attributes.get_int("group", 1))
        images = make.reshape(slices, (batch * depth, channels, *size))
        own = make.constant(weights[:, :, tap], f"weights{tap}")
        product = emit("Conv", [images, own, bias if total is None else None], window)
        total = product if total is None else emit("Add", [product, total])
    assert total is not None
    split = make.reshape(total, (batch, depth, weights.shape[0], height, width))
    return make.transpose(split, 0, 2, 1, 3, 4)


def _by_group(node: ir.Node, x: ir.Value, weights: np.ndarray, bias: ir.Value | None) -> ir.Value:
    make = Composer(node)
    groups = int(node.attributes.get_int("group", 1))
    inputs, outputs = weights.shape[0] // groups, weights.shape[1]
    parts = []
    for group in range(groups):
        first, last = group * inputs, (group + 1) * inputs
        own = make.constant(weights[first:last], f"weights{group}")
        shift = make.slice(bias, 0, group * outputs, (group + 1) * outputs) if bias else None
        operands = [make.slice(x, 1, first, last), own, shift]
        parts.append(emit("ConvTranspose", operands, {**node.attributes, "group": 1}))
    return emit("Concat", parts, {"axis": 1})
