"""SplitToSequence: a Split."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, axis_of, integer, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.sequences import construct


class SplitToSequence(Rule):
    """The parts of a tensor as a sequence are the outputs of Split.

    SplitToSequence(x[5], 2)               =>   SequenceConstruct(Split(x, [2, 2, 1]))
    SplitToSequence{keepdims=0}(x[2, 3])   =>   SequenceConstruct(Squeeze of Split(x, [1, 1]))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"SplitToSequence"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the shape or the sizes are known at run time only."""
        x, split = node.inputs[0], optional(node, 1)
        shape = None if x is None else dims(x)
        if x is None or shape is None:
            return Refusal("the shape is not known")
        if split is not None and split.const_value is None:
            return Refusal("the sizes are computed")
        given, axis = array_of(split), axis_of(node, len(shape), 0)
        if given is not None and not given.ndim and given <= 0:
            return Refusal("parts need a positive size")
        sizes = _sizes(given, shape[axis])
        if not sizes:
            return Rewrite((construct([], x.dtype),))
        operand = new_constant(np.array(sizes, np.int64), f"{node.name}_sizes")
        parts = list(new_node("Split", [x, operand], {"axis": axis}, len(sizes)).outputs)
        if split is None and not integer(node, "keepdims", 1):
            axes = new_constant(np.array([axis], np.int64), f"{node.name}_axis")
            parts = [emit("Squeeze", [part, axes]) for part in parts]
        return Rewrite((construct(parts, x.dtype),))


def _sizes(split: np.ndarray | None, extent: int) -> list[int]:
    """Sizes of the parts: as given, or of equal ones, the last of which may be smaller."""
    if split is not None and split.ndim:
        return [int(size) for size in split]
    size = 1 if split is None else int(split)
    return [min(size, extent - start) for start in range(0, extent, size)]
