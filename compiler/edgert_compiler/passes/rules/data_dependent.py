"""Operators whose output's shape depends on data."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.bounds import known_bounds
from edgert_compiler.passes.compose import Composer
from edgert_compiler.passes.extents import upper_limit


def bound(value: ir.Value, count: ir.Value, axis: int) -> ir.Value:
    """The value, of which the first `count` entries along the axis are meant."""
    return emit("edgert.Bound", [value, count], {"axis": axis})


class NonZero(Rule):
    """Positions in row-major order, taken apart.

    NonZero(x)   =>   p, n = Positions(x != 0),  Bound(Concat(p / stride % size, ...), n)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"NonZero"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the shape is known."""
        x, new = node.inputs[0], Composer(node)
        assert x is not None
        shape = dims(x)
        if not shape or 0 in shape or x.dtype is None:
            return None
        holds = (
            x if x.dtype == ir.DataType.BOOL else emit("Cast", [x], {"to": int(ir.DataType.BOOL)})
        )
        flat = new.reshape(holds, [math.prod(shape)])
        positions, count = new_node("edgert.Positions", [flat], outputs=2).outputs
        rows = []
        for axis, size in enumerate(shape):
            stride = math.prod(shape[axis + 1 :])
            row = new.int64("Div", positions, stride) if stride > 1 else positions
            row = new.int64("Mod", row, size) if axis else row
            rows.append(new.reshape(row, [1, math.prod(shape)]))
        table = emit("Concat", rows, {"axis": 0}) if len(rows) > 1 else rows[0]
        return Rewrite((bound(table, count, 1),))


class Compress(Rule):
    """A gather of the entries where the condition holds.

    Compress{axis}(x, c)   =>   p, n = Positions(c),  Gather{axis}(x, Bound(p, n))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Compress"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the condition is longer than the axis."""
        x, condition = node.inputs
        assert x is not None
        assert condition is not None
        shape, length = dims(x), dims(condition)
        if shape is None or length is None or 0 in (*shape, *length):
            return None
        new, axis = Composer(node), node.attributes.get_int("axis")
        if axis is None:
            x, shape = new.reshape(x, [math.prod(shape)]), (math.prod(shape),)
        if length[0] > shape[axis or 0]:
            return Refusal("its condition is longer than the axis")
        positions, count = new_node("edgert.Positions", [condition], outputs=2).outputs
        return Rewrite((emit("Gather", [x, bound(positions, count, 0)], {"axis": axis or 0}),))


class Unique(Rule):
    """Entries along the axis as rows of a matrix.

    Unique{axis}(x)   =>   p, i, c, n = Distinct(rows of x),  Gather{axis}(x, Bound(p, n)), ...
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Unique"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the shape is known. Entries behind a bound along the axis are left out."""
        x, new = node.inputs[0], Composer(node)
        assert x is not None
        shape, limit = dims(x), known_bounds(x)
        axis = node.attributes.get_int("axis")
        if shape is None or 0 in shape:
            return None
        if axis is None:
            x, limit = new.reshape(x, [math.prod(shape)]), limit if len(shape) == 1 else {}
            shape = (math.prod(shape),)
        axis = (axis or 0) % len(shape)
        order = [axis, *(a for a in range(len(shape)) if a != axis)]
        rows = new.reshape(new.transpose(x, *order), [shape[axis], math.prod(shape) // shape[axis]])
        attributes = {"sorted": node.attributes.get_int("sorted", 1)}
        operands = [rows, limit.get(axis)]
        found = new_node("edgert.Distinct", operands, attributes, outputs=4).outputs
        positions, inverse, counts, count = found
        first = bound(positions, count, 0)
        inverse = bound(inverse, limit[axis], 0) if axis in limit else inverse
        values = emit("Gather", [x, first], {"axis": axis})
        outputs = (values, first, inverse, bound(counts, count, 0))
        return Rewrite(outputs[: len(node.outputs)])


class NonMaxSuppression(Rule):
    """Suppression within each class, then the rows that were kept.

    NonMaxSuppression(b, s, ...)   =>   r, k = Suppress(b, s, ...),  p, n = Positions(k),
                                        Gather(r, Bound(p, n))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"NonMaxSuppression"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where no box may be selected, as there is no limit to their number."""
        boxes, scores = node.inputs[:2]
        assert boxes is not None
        assert scores is not None
        shape = dims(scores)
        if shape is None or dims(boxes) is None or 0 in shape:
            return None
        limit = optional(node, 2)
        most = None if limit is None else upper_limit(limit)
        room = shape[2] if most is None else min(most, shape[2])
        if limit is None or room < 1:
            return Refusal("it selects no box: max_output_boxes_per_class is absent or 0")
        new = Composer(node)
        operands = [boxes, _meant(boxes, scores, new), *node.inputs[2:]]
        attributes = {
            "center_point_box": node.attributes.get_int("center_point_box", 0),
            "room": room,
        }
        selected, kept = new_node("edgert.Suppress", operands, attributes, outputs=2).outputs
        total = shape[0] * shape[1] * room
        positions, count = new_node(
            "edgert.Positions", [new.reshape(kept, [total])], outputs=2
        ).outputs
        rows = new.reshape(selected, [total, 3])
        return Rewrite((emit("Gather", [rows, bound(positions, count, 0)], {"axis": 0}),))


def _meant(boxes: ir.Value, scores: ir.Value, new: Composer) -> ir.Value:
    """Scores that select no box behind the last, where the number of boxes has a bound."""
    count = known_bounds(scores).get(2) or known_bounds(boxes).get(1)
    return scores if count is None else filled(scores, count, 2, -np.inf, new)


def filled(x: ir.Value, count: ir.Value, axis: int, fill: float, new: Composer) -> ir.Value:
    """x with `fill` in the entries behind a bound, and without the bound."""
    shape = dims(x)
    assert shape is not None
    assert x.dtype is not None
    whole = emit("edgert.Unbound", [x], {"axis": axis})
    steps = np.arange(shape[axis]).reshape([-1 if a == axis else 1 for a in range(len(shape))])
    meant = new.int64("Less", new.constant(steps, "steps"), count)
    padding = new.constant(np.array(fill, x.dtype.numpy()), "fill")
    return emit("Where", [meant, whole, padding])
