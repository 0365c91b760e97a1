"""Concat along an axis whose size depends on data."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.bounds import known_bounds
from edgert_compiler.passes.compose import Composer
from edgert_compiler.passes.rules.data_dependent import bound


class BoundedConcat(Rule):
    """Everything one after the other, then the entries that are meant.

    Concat(x[n], y[m])   =>   p, k = Positions(Concat([0 ... N - 1] < n, [0 ... M - 1] < m)),
                              Gather(Concat(x, y), Bound(p, k))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Concat"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where an operand has a bound along the axis."""
        values = [value for value in node.inputs if value is not None]
        shapes = [shape for value in values if (shape := dims(value)) is not None]
        if len(shapes) < len(node.inputs):
            return None
        axis = node.attributes.get_int("axis", 0) % len(shapes[0])
        if not any(axis in known_bounds(value) for value in values):
            return None
        make = Composer(node)
        whole, meant = [], []
        for value, shape in zip(values, shapes):
            count = known_bounds(value).get(axis)
            if count is None:
                whole.append(value)
                meant.append(make.constant(np.ones(shape[axis], bool), "all"))
            else:
                whole.append(emit("edgert.Unbound", [value], {"axis": axis}))
                steps = make.constant(np.arange(shape[axis]), "steps")
                meant.append(make.int64("Less", steps, make.reshape(count, [1])))
        joined = emit("Concat", whole, {"axis": axis})
        mask = emit("Concat", meant, {"axis": 0})
        positions, total = new_node("edgert.Positions", [mask], outputs=2).outputs
        return Rewrite((emit("Gather", [joined, bound(positions, total, 0)], {"axis": axis}),))
