"""Pools of volumes by pools of images."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integers, is_read
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class Pool3d(Rule):
    """First over height and width, then over the depth.

        MaxPool{kernel_shape=[a, b, c]}(x[N, C, D, H, W])
            =>   y = MaxPool{[b, c]}(x as [N, D * C, H, W])
                 MaxPool{[a, 1]}(y as [N, C, D, H' * W'])

    So too an average: the taps of a window that count are a box, their number is the product of the
    numbers along the axes.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"MaxPool", "AveragePool"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the indices of maxima are asked for."""
        x = node.inputs[0]
        size = None if x is None else dims(x)
        result = dims(node.outputs[0])
        if x is None or size is None or len(size) != 5 or result is None:
            return None
        if len(node.outputs) > 1 and is_read(node.outputs[1]):
            return Refusal("the indices of the maxima are read")
        if len(integers(node, "pads")) != 6 or "dilations" not in node.attributes:
            return None
        make = Composer(node)
        batch, channels, depth, height, width = size
        slices = make.reshape(
            make.transpose(x, 0, 2, 1, 3, 4), (batch, depth * channels, height, width)
        )
        flat = emit(node.op_type, [slices], _window(node, (1, 2)))
        area = result[3] * result[4]
        columns = make.transpose(make.reshape(flat, (batch, depth, channels, area)), 0, 2, 1, 3)
        pooled = emit(node.op_type, [columns], _window(node, (0, None)))
        return Rewrite((make.reshape(pooled, result), *(None for _ in node.outputs[1:])))


class GlobalPool3d(Rule):
    """All positions of a volume as the positions of an image.

    GlobalMaxPool(x[N, C, D, H, W])   =>   GlobalMaxPool(x as [N, C, H * W, D])
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"GlobalMaxPool", "GlobalAveragePool"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """For three and more spatial dimensions. The depth comes last, as convolutions leave it."""
        x = node.inputs[0]
        size = None if x is None else dims(x)
        if x is None or size is None or len(size) < 5:
            return None
        make = Composer(node)
        moved = make.transpose(x, 0, 1, *range(3, len(size)), 2)
        flat = make.reshape(moved, (*size[:2], math.prod(size[3:]), size[2]))
        shape = (*size[:2], *(1 for _ in size[2:]))
        return Rewrite((make.reshape(emit(node.op_type, [flat]), shape),))


def _window(node: ir.Node, axes: tuple[int, int | None]) -> dict[str, object]:
    """The attributes of a pool along two of the three axes; None is one that it leaves as it is."""

    def along(name: str, neutral: int, start: int = 0) -> list[int]:
        values = integers(node, name, ())
        return [neutral if axis is None else values[start + axis] for axis in axes]

    kept = {k: v for k, v in node.attributes.items() if k in ("ceil_mode", "count_include_pad")}
    return {
        **kept,
        "kernel_shape": along("kernel_shape", 1),
        "strides": along("strides", 1),
        "dilations": along("dilations", 1),
        "pads": [*along("pads", 0), *along("pads", 0, 3)],
    }
