"""Sequences made from other sequences."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import scalar
from edgert_compiler.graph.nodes import optional, required
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.sequences import construct, elements, last, position


class SequenceEdit(Rule):
    """A known sequence with an element more or less is a known sequence.

    SequenceInsert(SequenceConstruct(a, b), c, 1)   =>   SequenceConstruct(a, c, b)
    SequenceErase(SequenceConstruct(a, b), 0)       =>   SequenceConstruct(b)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"SequenceInsert", "SequenceErase"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the elements, or the position, are known at run time only."""
        values = elements(node.inputs[0])
        if values is None:
            return Refusal("its elements are not known")
        dtype = required(node, 0).dtype
        insert = node.op_type == "SequenceInsert"
        place = _place(node, insert, len(values))
        if place is None:
            return Refusal("the position is computed")
        if insert:
            values.insert(place, required(node, 1))
        else:
            del values[place]
        return Rewrite((construct(values, dtype),))


def _place(node: ir.Node, insert: bool, count: int) -> int | None:
    """Where to change the sequence, by default at its end; None for a computed position.

    An element may be inserted behind the last one too, at `count`.
    """
    index = 2 if insert else 1
    given = optional(node, index)
    if given is None:
        return count if insert else last(node, count)
    return count if insert and scalar(given) == count else position(node, index, count)
