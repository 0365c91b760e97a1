"""MaxPool with the positions of its maxima, and MaxUnpool, which puts them back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, integers, is_read, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class MaxPoolPositions(Rule):
    """The taps of each window side by side, and the best of them.

    y, i = MaxPool(x)   =>   y, k = TopK(Gather(x, taps), 1),  i = taps[k] + first of the channel
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"MaxPool"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the positions are read, and the window is written out."""
        x = node.inputs[0]
        shape = None if x is None else dims(x)
        result = dims(node.outputs[0])
        if (
            len(node.outputs) < 2
            or not is_read(node.outputs[1])
            or "dilations" not in node.attributes
        ):
            return None
        if x is None or shape is None or result is None or "auto_pad" in node.attributes:
            return None
        make, planes = Composer(node), shape[0] * shape[1]
        places, size = math.prod(result[2:]), math.prod(shape[2:])
        taps = _taps(node, shape[2:], result[2:])
        flat = make.reshape(x, (planes, size))
        windows = emit("Gather", [flat, make.constant(taps, "taps")], {"axis": 1})
        best = new_node("TopK", [windows, make.ints([1])], {"axis": 2}, outputs=2).outputs
        which = make.reshape(best[1], (planes, places))
        address = make.int64("Add", which, make.constant(np.arange(places) * taps.shape[1], "rows"))
        numbers = taps.reshape(-1)
        if node.attributes.get_int("storage_order", 0):
            numbers = np.ravel_multi_index(
                np.unravel_index(numbers, shape[2:]), shape[2:], order="F"
            )
        position = emit("Gather", [make.constant(numbers, "numbers"), address], {"axis": 0})
        firsts = make.constant((np.arange(planes) * size)[:, None], "channels")
        position = make.int64("Add", position, firsts)
        return Rewrite((make.reshape(best[0], result), make.reshape(position, result)))


def _taps(node: ir.Node, size: Sequence[int], result: Sequence[int]) -> np.ndarray:
    """[places, taps]: where each tap of each window is in the image, in row-major order.

    A tap in the padding stands for one of its window that is in the image.
    """
    kernel, strides, dilations = (
        integers(node, name, ()) for name in ("kernel_shape", "strides", "dilations")
    )
    pads = integers(node, "pads")
    taps, inside = np.zeros((1, 1), np.int64), np.ones((1, 1), bool)
    for axis, length in enumerate(size):
        starts = np.arange(result[axis]) * strides[axis] - pads[axis]
        at = starts[:, None] + np.arange(kernel[axis]) * dilations[axis]
        rows, columns = taps.shape[0] * len(at), taps.shape[1] * kernel[axis]
        combined = taps[:, None, :, None] * length + at[None, :, None, :]
        valid = inside[:, None, :, None] & ((at >= 0) & (at < length))[None, :, None, :]
        taps, inside = combined.reshape(rows, columns), valid.reshape(rows, columns)
    first = np.take_along_axis(taps, inside.argmax(1)[:, None], axis=1)
    return np.where(inside, taps, first)


class MaxUnpool(Rule):
    """Zeros, but for the maxima.

    MaxUnpool(x, i)   =>   Reshape(ScatterElements(zeros, i, x))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"MaxUnpool"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Positions are those of the smallest output; a larger one has zeros at the ends."""
        x, positions = node.inputs[0], node.inputs[1]
        shape, wanted = dims(x), optional(node, 2)  # type: ignore[arg-type]
        if x is None or positions is None or shape is None or x.dtype is None:
            return None
        size = _unpooled(node, shape)
        target = size if wanted is None else array_of(wanted)
        if target is None:
            return Refusal("the shape of its output is computed at run time")
        if any(given < own for given, own in zip(target, size)):
            return Refusal("its output is smaller than what was pooled")
        make = Composer(node)
        zero = make.constant(np.zeros((), x.dtype.numpy()), "zero")
        zeros = emit("Expand", [zero, make.ints([math.prod(size)])])
        at, values = (make.reshape(v, [math.prod(shape)]) for v in (positions, x))
        filled = emit("ScatterElements", [zeros, at, values], {"axis": 0})
        result = make.reshape(filled, size)
        return Rewrite(
            (make.pad(result, [0] * len(size), [int(t) - s for t, s in zip(target, size)]),)
        )


def _unpooled(node: ir.Node, shape: Sequence[int]) -> list[int]:
    kernel = integers(node, "kernel_shape")
    rank = len(kernel)
    strides, pads = integers(node, "strides", (1,) * rank), integers(node, "pads", (0,) * 2 * rank)
    spatial = [
        (n - 1) * s - pads[i] - pads[rank + i] + k
        for i, (n, s, k) in enumerate(zip(shape[2:], strides, kernel))
    ]
    return [*shape[:2], *spatial]
