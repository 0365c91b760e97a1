"""Reductions: axes as a constant input."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, integers, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

_REDUCTIONS = frozenset(
    f"Reduce{kind}"
    for kind in (
        ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
    )
)


class ReduceAxes(Rule):
    """Axes become a constant input that is always present and never negative.

    ReduceMean{axes=[-1]}(x)      =>   ReduceMean(x, [3])
    ReduceSum(x)                  =>   ReduceSum(x, [0, 1, 2, 3])
    """

    stage = Stage.CANONICALIZE
    ops = _REDUCTIONS

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses axes that are computed."""
        x, given = node.inputs[0], optional(node, 1)
        shape = dims(x) if x is not None else None
        if shape is None:
            return None
        current = array_of(given)
        if given is not None and current is None:
            return Refusal("the axes are computed while running")
        axes = integers(node, "axes") if current is None else tuple(current.tolist())
        if not axes:
            if node.attributes.get_int("noop_with_empty_axes", 0):
                return Refusal("it reduces nothing")
            axes = tuple(range(len(shape)))
        wanted = sorted(axis % len(shape) for axis in axes)
        if current is not None and current.tolist() == wanted:
            return None
        operand = new_constant(np.array(wanted, np.int64), f"{node.name}_axes")
        keepdims = node.attributes.get_int("keepdims", 1)
        return Rewrite((emit(node.op_type, [x, operand], {"keepdims": keepdims}),))
