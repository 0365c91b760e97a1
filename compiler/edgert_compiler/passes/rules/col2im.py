"""Col2Im: columns of blocks back to an image."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, integers
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class Col2Im(Rule):
    """Each element of each block is added to its pixel.

    Col2Im(x[N, C * K, L])   =>   Slice(ScatterND{add}(zeros[pixels, N * C], pixel of (K, L), x))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Col2Im"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the sizes are not constant."""
        x = node.inputs[0]
        shape = None if x is None else dims(x)
        image, block = (array_of(value) for value in node.inputs[1:3])
        if x is None or shape is None or x.dtype is None:
            return None
        if image is None or block is None:
            return Refusal("the sizes of image and block are not constant")
        pads = integers(node, "pads", (0,) * 2 * len(image))
        begin, end = pads[: len(image)], pads[len(image) :]
        padded = [int(n) + a + b for n, a, b in zip(image, begin, end)]
        pixels = _pixels(node, padded, [int(k) for k in block])
        taps, blocks = pixels.shape
        batch, channels = shape[0], shape[1] // taps
        make = Composer(node)
        columns = make.transpose(make.reshape(x, (batch, channels, taps, blocks)), 2, 3, 0, 1)
        updates = make.reshape(columns, (taps * blocks, batch * channels))
        zero = make.constant(np.zeros((), x.dtype.numpy()), "zero")
        zeros = emit("Expand", [zero, make.ints([math.prod(padded), batch * channels])])
        at = make.constant(pixels.reshape(-1, 1), "pixels")
        summed = emit("ScatterND", [zeros, at, updates], {"reduction": "add"})
        result = make.reshape(make.transpose(summed, 1, 0), (batch, channels, *padded))
        for axis, (first, size) in enumerate(zip(begin, image)):
            if int(size) != padded[axis]:
                result = make.slice(result, axis + 2, first, first + int(size))
        return Rewrite((result,))


def _pixels(node: ir.Node, padded: Sequence[int], block: Sequence[int]) -> np.ndarray:
    """[taps, blocks]: the number of the pixel that an element of a block belongs to."""
    rank = len(block)
    strides = integers(node, "strides", (1,) * rank)
    dilations = integers(node, "dilations", (1,) * rank)
    pixels = np.zeros((1, 1), np.int64)
    for axis, length in enumerate(padded):
        count = (length - dilations[axis] * (block[axis] - 1) - 1) // strides[axis] + 1
        taps = np.arange(block[axis])[:, None] * dilations[axis]
        at = taps + np.arange(count)[None, :] * strides[axis]
        combined = pixels[:, None, :, None] * length + at[None, :, None, :]
        pixels = combined.reshape(pixels.shape[0] * block[axis], pixels.shape[1] * count)
    return pixels
