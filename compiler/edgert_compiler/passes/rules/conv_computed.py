"""Convolutions whose weights or bias are computed."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.graph.nodes import array_of, integers, optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class ConvComputed(Rule):
    """What lowering finds left is Conv(x, w), without padding and bias.

        Conv{pads}(x, w, b)   =>   Conv{pads=0}(Pad(x), w) + b
        ConvTranspose(x, w)   =>   Conv(x with stride - 1 zeros behind every pixel, w mirrored)

    With constant weights, only a bias that is computed leaves.
    """

    stage = Stage.ABSORB
    ops = frozenset({"Conv", "ConvTranspose"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """For float32, where rule conv_to_product has nothing to do."""
        x, weights, bias = node.inputs[0], node.inputs[1], optional(node, 2)
        known = x is not None and weights is not None and dims(x) and dims(weights)
        if x is None or weights is None or not known or not is_float(x):
            return None
        if bias is not None:
            if array_of(weights) is not None and array_of(bias) is not None:
                return None
            return Rewrite((_biased(node, bias),))
        if array_of(weights) is not None:
            return None
        if node.op_type == "ConvTranspose":
            return Rewrite((_mirrored(node, x, weights),))
        pads = integers(node, "pads")
        if not any(pads):
            return None
        half = len(pads) // 2
        padded = Composer(node).pad(x, (0, 0, *pads[:half]), (0, 0, *pads[half:]))
        attributes = {**node.attributes, "pads": [0] * len(pads)}
        return Rewrite((emit("Conv", [padded, weights], attributes),))


def _biased(node: ir.Node, bias: ir.Value) -> ir.Value:
    make = Composer(node)
    product = emit(node.op_type, node.inputs[:2], node.attributes)
    channels = (dims(node.outputs[0]) or ())[1]
    spatial = [1] * len(integers(node, "strides"))
    return emit("Add", [product, make.reshape(bias, (channels, *spatial))])


def _mirrored(node: ir.Node, x: ir.Value, weights: ir.Value) -> ir.Value:
    """Output o sees pixel i, tap k where o + pad = i * stride + k * dilation."""
    make = Composer(node)
    size, output = (dims(x) or ())[2:], (dims(node.outputs[0]) or ())[2:]
    kernel = (dims(weights) or ())[2:]
    strides, dilations = integers(node, "strides"), integers(node, "dilations")
    reach = [d * (k - 1) for d, k in zip(dilations, kernel)]
    begin = [r - pad for r, pad in zip(reach, integers(node, "pads"))]
    spread = [n * s for n, s in zip(size, strides)]
    end = [o + r - b - n for o, r, b, n in zip(output, reach, begin, spread)]
    stuffed = _stuffed(make, x, strides)
    padded = make.pad(stuffed, (0, 0, *begin), (0, 0, *end))
    groups = int(node.attributes.get_int("group", 1))
    attributes: dict[str, object] = {
        "group": groups,
        "kernel_shape": kernel,
        "strides": [1] * len(kernel),
        "dilations": dilations,
        "pads": [0] * (2 * len(kernel)),
    }
    return emit("Conv", [padded, _ordinary(make, weights, groups)], attributes)


def _stuffed(make: Composer, x: ir.Value, strides: Sequence[int]) -> ir.Value:
    """stride - 1 zeros behind every pixel along each axis."""
    if all(stride == 1 for stride in strides):
        return x
    batch, channels, *size = dims(x) or ()
    apart = make.reshape(x, [batch, channels, *(n for d in size for n in (d, 1))])
    begin = [0] * (2 + 2 * len(size))
    end = [0, 0, *(n for stride in strides for n in (0, stride - 1))]
    wide = make.pad(apart, begin, end)
    return make.reshape(wide, [batch, channels, *(d * s for d, s in zip(size, strides))])


def _ordinary(make: Composer, weights: ir.Value, groups: int) -> ir.Value:
    """[I, O / groups, kernel...] as [O, I / groups, kernel...], the kernel mirrored."""
    inputs, outputs, *kernel = dims(weights) or ()
    axes = list(range(2, 2 + len(kernel)))
    if groups == 1:
        ordinary = make.transpose(weights, 1, 0, *axes)
    else:
        split = make.reshape(weights, [groups, inputs // groups, outputs, *kernel])
        moved = make.transpose(split, 0, 2, 1, *(axis + 1 for axis in axes))
        ordinary = make.reshape(moved, [groups * outputs, inputs // groups, *kernel])
    bounds = ([k - 1 for k in kernel], [-k - 1 for k in kernel], axes, [-1] * len(kernel))
    return emit("Slice", [ordinary, *map(make.ints, bounds)])
