"""The mean over all of an image as GlobalAveragePool."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.graph.nodes import array_of, integers
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class MeanToGlobalPool(Rule):
    """Two other spellings of GlobalAveragePool.

    ReduceMean{keepdims=0}(x[1, 8, 7, 7], [2, 3])         =>   GlobalAveragePool ── Reshape
    AveragePool{kernel_shape=[7, 7], pads=0}(x[1, 8, 7, 7])   =>   GlobalAveragePool
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"ReduceMean", "AveragePool"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Only for images of two spatial dimensions."""
        x, shape = node.inputs[0], dims(node.outputs[0])
        size = dims(x) if x is not None else None
        if x is None or size is None or shape is None or len(size) != 4 or not is_float(x):
            return None
        if not (_covers_by_axes(node) if node.op_type == "ReduceMean" else _covers(node, size)):
            return None
        pooled = emit("GlobalAveragePool", [x])
        if len(shape) == 4:
            return Rewrite((pooled,))
        target = new_constant(np.array(shape, np.int64), f"{node.name}_shape")
        return Rewrite((emit("Reshape", [pooled, target]),))


def _covers_by_axes(node: ir.Node) -> bool:
    axes = array_of(node.inputs[1]) if len(node.inputs) > 1 else None
    return axes is not None and sorted(axes.tolist()) == [2, 3]


def _covers(node: ir.Node, size: tuple[int, ...]) -> bool:
    return (
        integers(node, "kernel_shape") == size[2:]
        and not any(integers(node, "pads"))
        and dims(node.outputs[0]) == (*size[:2], 1, 1)
        and set(integers(node, "dilations", (1,))) == {1}
    )
