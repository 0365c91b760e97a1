"""Tensors read from sequences."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.nodes import integer
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.sequences import elements, position


class SequenceRead(Rule):
    """What is read from a known sequence is one of its elements, their number, or all together.

    SequenceAt(SequenceConstruct(a, b), -1)                          =>   b
    SequenceLength(SequenceConstruct(a, b))                          =>   2
    ConcatFromSequence{axis=0}(SequenceConstruct(a, b))              =>   Concat{axis=0}(a, b)
    ConcatFromSequence{axis=0, new_axis=1}(SequenceConstruct(a, b))
                                     =>   Concat{axis=0}(Unsqueeze(a, [0]), Unsqueeze(b, [0]))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"SequenceAt", "SequenceLength", "ConcatFromSequence"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the elements, or the position, are known at run time only."""
        values = elements(node.inputs[0])
        if values is None:
            return Refusal("its elements are not known")
        if node.op_type == "SequenceLength":
            count = np.array(len(values), np.int64)
            return Rewrite((new_constant(count, f"{node.name}_length"),))
        if node.op_type == "ConcatFromSequence":
            return _concat(node, values)
        place = position(node, 1, len(values))
        return Refusal("the position is computed") if place is None else Rewrite((values[place],))


def _concat(node: ir.Node, values: list[ir.Value]) -> Rewrite | Refusal:
    if not values:
        return Refusal("there is nothing to concatenate")
    axis = integer(node, "axis", 0)
    if integer(node, "new_axis", 0):
        axes = new_constant(np.array([axis], np.int64), f"{node.name}_axis")
        values = [emit("Unsqueeze", [value, axes]) for value in values]
    return Rewrite((emit("Concat", values, {"axis": axis}),))
