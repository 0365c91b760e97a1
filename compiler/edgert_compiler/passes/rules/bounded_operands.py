"""Shapes and amounts that are computed from sizes that depend on data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.bounds import known_bounds
from edgert_compiler.passes.compose import Composer
from edgert_compiler.passes.extents import Extent, extents
from edgert_compiler.passes.rules.data_dependent import bound

_UNKNOWN = Refusal("nothing is known of the size that it asks for")


def counted(extent: Extent, new: Composer) -> ir.Value:
    """The number as int64 [1]."""
    assert extent.value is not None
    flat = extent.value if dims(extent.value) == (1,) else new.reshape(extent.value, [1])
    if extent.value.dtype == ir.DataType.INT64:
        return flat
    return emit("Cast", [flat], {"to": int(ir.DataType.INT64)})


class BoundedReshape(Rule):
    """The largest shape; bounds go with the axes, and merge with what follows them.

    Reshape(x[n, 4], [-1, 4])      =>   Reshape(x, [N, 4])
    Reshape(x[n, 2, 4], [-1, 4])   =>   Bound(Reshape(Unbound(x), [2N, 4]), 2n)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Reshape", "Flatten"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Where the largest shape is known and has as many elements as x."""
        x = node.inputs[0]
        shape = None if x is None else dims(x)
        if x is None or not shape or 0 in shape:
            return None
        target = _target(node, shape)
        if target is None:
            return _UNKNOWN if dims(node.outputs[0]) is None else None
        merged = _merged(shape, target, known_bounds(x))
        if merged is None:
            if array_of(node.inputs[-1]) is not None:
                return None
            return Rewrite((Composer(node).reshape(x, target),))
        axis, place, factor = merged
        new, count = Composer(node), known_bounds(x)[axis]
        flat = new.reshape(emit("edgert.Unbound", [x], {"axis": axis}), target)
        return Rewrite((bound(flat, new.int64("Mul", count, factor), place),))


def _target(node: ir.Node, shape: Sequence[int]) -> list[int] | None:
    """The output's largest shape, or None."""
    if node.op_type == "Flatten":
        known = dims(node.outputs[0])
        return None if known is None else list(known)
    wanted = extents(node.inputs[1])
    if wanted is None or any(extent.upper is None for extent in wanted):
        return None
    sizes = [extent.upper or 0 for extent in wanted]
    if not node.attributes.get_int("allowzero", 0):
        sizes = [shape[i] if n == 0 and i < len(shape) else n for i, n in enumerate(sizes)]
    rest = math.prod(n for n in sizes if n != -1)
    if -1 in sizes and rest > 0:
        sizes = [math.prod(shape) // rest if n == -1 else n for n in sizes]
    return sizes if math.prod(sizes) == math.prod(shape) else None


def _merged(
    shape: Sequence[int], target: Sequence[int], bounds: object
) -> tuple[int, int, int] | None:
    """(axis, its place in the target, entries of the target for one of its own).

    Only of one bounded axis that is the outermost of those that the target merges into one.
    """
    if not isinstance(bounds, dict) or len(bounds) != 1:
        return None
    (axis,) = bounds
    before = math.prod(shape[:axis])
    for place, size in enumerate(target):
        if math.prod(target[:place]) == before and size > shape[axis] and not size % shape[axis]:
            return axis, place, size // shape[axis]
    return None


class BoundedFill(Rule):
    """Tensors that are made as large as another: the largest, with the same bounds.

    Expand(x, [n, 4])         =>   Bound(Expand(x, [N, 4]), n)
    ConstantOfShape([n, 4])   =>   Bound(Expand(value, [N, 4]), n)
    Range(0, n, 1)            =>   Bound([0, 1, ... N - 1], n)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Expand", "ConstantOfShape", "Range"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Where the largest size is known."""
        operand = node.inputs[0 if node.op_type == "ConstantOfShape" else 1]
        if operand is None or array_of(operand) is not None:
            return None
        wanted = extents(operand)
        if wanted is None or any(not extent.upper or extent.upper < 1 for extent in wanted):
            return _UNKNOWN
        sizes = [extent.upper or 1 for extent in wanted]
        new = Composer(node)
        if node.op_type == "Range":
            return _range(node, wanted[0], new)
        if node.op_type == "Expand":
            x = node.inputs[0]
            shape = None if x is None else dims(x)
            if x is None or shape is None:
                return None
        else:
            x, shape = _fill_value(node, new), ()
        whole = emit("Expand", [x, new.ints(sizes)])
        for axis, extent in enumerate(wanted):
            own = axis - len(sizes) + len(shape)
            if extent.value is not None and (own < 0 or shape[own] == 1):
                whole = bound(whole, counted(extent, new), axis)
        return Rewrite((whole,))


def _fill_value(node: ir.Node, new: Composer) -> ir.Value:
    attribute = node.attributes.get("value")
    value = np.zeros(1, np.float32) if attribute is None else attribute.as_tensor().numpy()
    return new.constant(value.reshape(()), "value")


def _range(node: ir.Node, limit: Extent, new: Composer) -> Rewrite | Refusal:
    start, step = array_of(node.inputs[0]), array_of(node.inputs[2])
    if start is None or step is None or start != 0 or step != 1:
        return Refusal("its start is not 0 or its step not 1")
    steps = new.constant(np.arange(limit.upper or 1, dtype=start.dtype), "steps")
    return Rewrite((bound(steps, counted(limit, new), 0),))


class BoundedTopK(Rule):
    """As many as there may be, of which k are meant.

    TopK(x, k)   =>   v, i = TopK(x, K),  Bound(v, k), Bound(i, k)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"TopK"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where k is computed; K is the largest k, or the size of the axis."""
        x, k = node.inputs[0], optional(node, 1)
        assert x is not None
        shape, wanted = dims(x), extents(k)
        if array_of(k) is not None or shape is None or wanted is None:
            return None
        new, axis = Composer(node), node.attributes.get_int("axis", -1) % len(shape)
        most = min(shape[axis], max(1, wanted[0].upper or shape[axis]))
        top = new_node("TopK", [x, new.ints([most])], dict(node.attributes), outputs=2)
        count = counted(wanted[0], new)
        return Rewrite(tuple(bound(value, count, axis) for value in top.outputs))


class BoundedSlice(Rule):
    """Entries of an axis: as many as there may be, of which those that exist are meant.

    Slice(x[n], 0, k)   =>   Bound(Slice(x, 0, K), min(n, k))
    Slice(x[n], 2, k)   =>   Bound(Slice(x, 2, K), max(min(n, k) - 2, 0))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Slice"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Of one axis, from a constant place on, where n has a bound or k is computed."""
        x = node.inputs[0]
        shape = None if x is None else dims(x)
        axes = array_of(node.inputs[3]) if len(node.inputs) > 3 else np.zeros(1, np.int64)
        start, end = (extents(optional(node, index)) for index in (1, 2))
        if x is None or shape is None or axes is None or start is None or end is None:
            return None
        if axes.size != 1 or len(end) != 1:
            return None
        new, axis, count = Composer(node), int(axes[0]) % len(shape), known_bounds(x)
        if end[0].value is None and (axis not in count or (end[0].upper or 0) >= shape[axis]):
            return None
        step = array_of(node.inputs[4]) if len(node.inputs) > 4 else np.ones(1, np.int64)
        first = -1 if start[0].value is not None else start[0].upper or 0
        if first < 0 or step is None or step[0] != 1:
            return Refusal("it does not begin at a constant place, counted from the start")
        most = shape[axis] if end[0].upper is None else min(shape[axis], end[0].upper)
        if most <= first:
            return Refusal("it takes no entry")
        limit = new.ints([most]) if end[0].value is None else counted(end[0], new)
        if axis in count:
            limit = emit("Min", [limit, new.reshape(count[axis], [1])])
        if first:
            limit = new.int64("Max", new.int64("Sub", limit, first), new.ints([0]))
        whole = emit("edgert.Unbound", [x], {"axis": axis}) if axis in count else x
        return Rewrite((bound(new.slice(whole, axis, first, most), limit, axis),))
