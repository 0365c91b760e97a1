"""Scatter of old opsets, and TensorScatter."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class ScatterForms(Rule):
    """One operator for elements and one for rows.

    Scatter{axis}(x, i, u)        =>   ScatterElements{axis}(x, i, u)
    TensorScatter{axis}(x, u, w)  =>   Transpose(ScatterND(Transpose(x), (b, w[b] + t), u))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Scatter", "TensorScatter"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the shapes are known."""
        if node.op_type == "Scatter":
            return Rewrite((emit("ScatterElements", node.inputs, dict(node.attributes)),))
        shape, written = dims(node.inputs[0]), dims(node.inputs[1])  # type: ignore[arg-type]
        if shape is None or written is None:
            return None
        axis = node.attributes.get_int("axis", -2) % len(shape)
        order = [0, axis, *(a for a in range(1, len(shape)) if a != axis)]
        data, updates = (emit("Transpose", [x], {"perm": order}) for x in node.inputs[:2])
        tuples = _tuples(node, shape[0], shape[axis], written[axis])
        scattered = emit("ScatterND", [data, tuples, updates])
        back = [order.index(a) for a in range(len(shape))]
        return Rewrite((emit("Transpose", [scattered], {"perm": back}),))


def _tuples(node: ir.Node, batch: int, size: int, steps: int) -> ir.Value:
    """[batch, steps, 2]: number of the batch, place on the axis."""
    place = _ints(node, "steps", np.broadcast_to(np.arange(steps), (batch, steps))[..., None])
    start = node.inputs[2] if len(node.inputs) > 2 else None
    if start is not None:
        place = emit("Add", [emit("Reshape", [start, _ints(node, "starts", [-1, 1, 1])]), place])
        if node.attributes.get_string("mode", "linear") == "circular":
            place = emit("Mod", [place, _ints(node, "size", size)])
    numbers = np.broadcast_to(np.arange(batch)[:, None, None], (batch, steps, 1))
    return emit("Concat", [_ints(node, "batches", numbers), place], {"axis": 2})


def _ints(node: ir.Node, what: str, values: object) -> ir.Value:
    return new_constant(np.asarray(values, np.int64), f"{node.name}_{what}")
