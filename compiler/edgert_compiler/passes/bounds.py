"""Dimensions whose size is known only as a bound, and what operators make of them.

An output of NonZero has as many columns as there are nonzero elements: a number of the run. Such a
value has its largest possible size as its static shape, and a *bound*: the axis, and the value
(int64, one element) that counts how many entries along it are meant. What lies behind them is
padding: valid values, which operators that work entry by entry along the axis compute along.

Bounds come from nodes ``edgert.Bound(x, count){axis}``, which return x; ``edgert.Unbound(x){axis}``
takes one away: its axis is as long as its shape says. Rules put them there
(rules/data_dependent.py, rules/bounded_*.py). This module says how bounds go through all other
operators, and where they must not go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import onnx_ir as ir

from edgert_compiler.graph.factors import factors
from edgert_compiler.graph.matching import dims, op_id
from edgert_compiler.graph.nodes import array_of, integers, permutation
from edgert_compiler.operators import registry
from edgert_compiler.passes.extents import origin

Bounds = Mapping[int, ir.Value]
"""Of a value: the count of each axis that has one."""

KEY = "edgert.bounds"
"""Where a walk over the graph keeps the bounds of a value: its `meta`."""

NONE: Bounds = {}
BOUND = "edgert.Bound"
SOURCES = frozenset({"NonZero", "Compress", "Unique", "NonMaxSuppression"})
"""Operators whose output's shape depends on data, before rules put Bound in their place."""


class UnfollowedError(Exception):
    """A bound cannot go through a node; the text says why."""


def known_bounds(value: ir.Value | None) -> Bounds:
    """The bounds that the last walk over the graph found; none where there was none."""
    return (value.meta.get(KEY) if value is not None else None) or NONE


def has_known_bounds(value: ir.Value) -> bool:
    """False behind a node that no bound goes through, or that no rule has rewritten yet."""
    return value.meta.get(KEY, NONE) is not None


def is_settled(value: ir.Value) -> bool:
    """Whether the static shape is what it will be at run time: it has no bound, nor may get one."""
    found = value.meta.get(KEY, NONE)
    return found is not None and not found


def mark_bounds(node: ir.Node) -> str | None:
    """Writes the bounds of the node's outputs into their `meta`, in place.

    The inputs have been marked. An output whose bounds are not known, behind a node that no bound
    goes through, is marked with None. Returns why, where it is this node.
    """
    found, problem = _outputs(node)
    for value, bounds in zip(node.outputs, found):
        value.meta[KEY] = bounds
    return problem


def mark_graph(nodes: Iterable[ir.Node]) -> dict[ir.Node, str]:
    """Marks all values, in place; tells which nodes cannot take a bound, and why."""
    problems = {}
    for node in nodes:
        problem = mark_bounds(node)
        if problem is not None:
            problems[node] = problem
    return problems


def _outputs(node: ir.Node) -> tuple[Sequence[Bounds | None], str | None]:
    inputs = [NONE if v is None else v.meta.get(KEY, NONE) for v in node.inputs]
    unknown = [None for _ in node.outputs]
    if op_id(node) in SOURCES or any(bounds is None for bounds in inputs):
        return unknown, None
    if op_id(node) == BOUND:
        count = node.inputs[1]
        assert count is not None
        return [{**(inputs[0] or NONE), _axis(node): origin(count)}], None
    if not any(inputs):
        return [NONE for _ in node.outputs], None
    if any(v is not None and dims(v) is None for v in (*node.inputs, *node.outputs[:1])):
        return unknown, None
    try:
        bounds = _transfer(node)(node, [b or NONE for b in inputs])
    except UnfollowedError as error:
        return unknown, str(error)
    return [bounds for _ in node.outputs], None


_Transfer = Callable[[ir.Node, Sequence[Bounds]], Bounds]


def _transfer(node: ir.Node) -> _Transfer:
    found = _TRANSFERS.get(op_id(node))
    lowering = registry.find(node.op_type, node.domain)
    if found is None and lowering is not None and lowering.elementwise:
        return _aligned
    return found or _unfollowed


def _unfollowed(_node: ir.Node, _inputs: Sequence[Bounds]) -> Bounds:
    raise UnfollowedError("no dimension of its input may have a size that depends on data")


def _refuse(axis: int, what: str) -> UnfollowedError:
    return UnfollowedError(f"it {what} axis {axis}, whose size depends on data")


def _shape(value: ir.Value | None) -> tuple[int, ...]:
    shape = None if value is None else dims(value)
    assert shape is not None
    return shape


def _axis(node: ir.Node, default: int = 0, rank: int | None = None) -> int:
    return int(node.attributes.get_int("axis", default)) % (rank or len(_shape(node.inputs[0])))


def _aligned(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Operands that broadcast against the output."""
    return _broadcast(node.inputs, inputs, _shape(node.outputs[0]), frozenset())


def _broadcast(
    values: Sequence[ir.Value | None],
    inputs: Sequence[Bounds],
    output: Sequence[int],
    ignored: frozenset[int],
) -> Bounds:
    """Axes are counted from the end in `ignored`, those that have been dealt with."""
    merged: dict[int, ir.Value] = {}
    for axis, size in enumerate(output):
        if axis - len(output) in ignored:
            continue
        found = list(_along(values, inputs, axis - len(output)))
        counts = {id(count): count for _, count in found if count is not None}
        if not counts:
            continue
        if len(counts) > 1 or any(count is None and dim != 1 for dim, count in found):
            raise UnfollowedError(f"its operands have different counts along axis {axis}")
        if any(count is not None and dim != size for dim, count in found):
            raise _refuse(axis, "repeats")
        (merged[axis],) = counts.values()
    return merged


def _along(
    values: Sequence[ir.Value | None], inputs: Sequence[Bounds], axis: int
) -> Iterable[tuple[int, ir.Value | None]]:
    """Size and count of each operand that has the axis, which is counted from the end.

    Constants do not count: what they are for entries that are not meant does not matter.
    """
    for value, bounds in zip(values, inputs):
        if value is not None and value.const_value is None and len(_shape(value)) >= -axis:
            shape = _shape(value)
            yield shape[axis], bounds.get(axis + len(shape))


def _same(_node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Entry by entry along every axis of the first input."""
    return inputs[0]


def _only_batch(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Images: only their number may vary."""
    return _not_along(range(1, len(_shape(node.inputs[0]))), inputs)


def _not_along(axes: Iterable[int], inputs: Sequence[Bounds]) -> Bounds:
    for axis in axes:
        if axis in inputs[0]:
            raise _refuse(axis, "combines entries along")
    if any(inputs[1:]):
        raise UnfollowedError("only its first input may have a size that depends on data")
    return inputs[0]


def _not_along_axis(default: int) -> _Transfer:
    def transfer(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
        return _not_along([_axis(node, default)], inputs)

    return transfer


def _not_from_axis(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Normalizations over all axes from one on."""
    rank = len(_shape(node.inputs[0]))
    return _not_along(range(_axis(node, -1), rank), inputs)


def _transposed(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    order = permutation(node, len(_shape(node.inputs[0])))
    return {order.index(axis): count for axis, count in inputs[0].items()}


def _reshaped(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    old, new = _shape(node.inputs[0]), _shape(node.outputs[0])
    moved = {axis: reshaped_axis(old, new, axis) for axis in inputs[0]}
    for axis, place in moved.items():
        if place is None:
            raise _refuse(axis, "merges or splits")
    return {place: inputs[0][axis] for axis, place in moved.items() if place is not None}


def reshaped_axis(old: Sequence[int], new: Sequence[int], axis: int) -> int | None:
    """Where an axis is after a reshape that leaves it whole, or None."""
    if 0 in old:
        return None
    for factor in factors(old, new):
        if not factor.old[0] <= axis < factor.old[1]:
            continue
        others = [a for a in range(*factor.old) if a != axis and old[a] != 1]
        places = [a for a in range(*factor.new) if new[a] == old[axis]]
        return places[0] if places and not others else None
    return None


def _gathered(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    axis, rank = _axis(node), len(_shape(node.inputs[1]))
    if axis in inputs[0] and array_of(node.inputs[1]) is not None:
        raise UnfollowedError(f"it takes fixed entries of axis {axis}, which may not exist")
    kept = {a if a < axis else a + rank - 1: c for a, c in inputs[0].items() if a != axis}
    return {**kept, **{axis + a: c for a, c in inputs[1].items()}}


def _sliced(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    cut = [
        axis
        for axis, (a, b) in enumerate(zip(_shape(node.inputs[0]), _shape(node.outputs[0])))
        if a != b
    ]
    steps = array_of(node.inputs[4]) if len(node.inputs) > 4 else None
    if steps is not None and (steps < 0).any():
        cut = list(range(len(_shape(node.inputs[0]))))
    return _not_along(cut, inputs)


def _concatenated(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    axis = _axis(node, 0, len(_shape(node.outputs[0])))
    if any(axis in bounds for bounds in inputs):
        raise _refuse(axis, "joins entries along")
    for bounds in inputs:
        if bounds.keys() != inputs[0].keys() or any(bounds[a] is not inputs[0][a] for a in bounds):
            raise UnfollowedError("its operands have different counts")
    return inputs[0]


def _reduced(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    rank = len(_shape(node.inputs[0]))
    axes = reduced_axes(node, rank)
    _not_along(axes, inputs)
    if node.attributes.get_int("keepdims", 1):
        return inputs[0]
    return {a - sum(r < a for r in axes): count for a, count in inputs[0].items()}


def reduced_axes(node: ir.Node, rank: int) -> tuple[int, ...]:
    """The axes of a reduction, ArgMax and ArgMin, not negative."""
    if node.op_type in ("ArgMax", "ArgMin"):
        return (_axis(node),)
    given = array_of(node.inputs[1]) if len(node.inputs) > 1 else None
    axes = integers(node, "axes") if given is None else tuple(int(a) for a in given.reshape(-1))
    if not axes and not node.attributes.get_int("noop_with_empty_axes", 0):
        return tuple(range(rank))
    return tuple(axis % rank for axis in axes)


def _running(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """What comes first does not depend on what follows, but backwards it does."""
    axis = array_of(node.inputs[1])
    if not node.attributes.get_int("reverse", 0):
        return inputs[0]
    if axis is None:
        raise UnfollowedError("its axis is not constant")
    return _not_along([int(axis.reshape(-1)[0]) % len(_shape(node.inputs[0]))], inputs)


def _resized(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Axes that keep their size keep their bound: Tile, Pad, Expand."""
    old, new = _shape(node.inputs[0]), _shape(node.outputs[0])
    shift = len(new) - len(old)
    _not_along([a for a in inputs[0] if old[a] != new[a + shift]], inputs)
    return {axis + shift: count for axis, count in inputs[0].items()}


def _multiplied(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Rows of the first operand and columns of the second; the rest broadcasts."""
    ranks = [len(_shape(value)) for value in node.inputs[:2]]
    if min(ranks) < 2:
        raise UnfollowedError("it is a product with a vector")
    for bounds, rank, inner in ((inputs[0], ranks[0], -1), (inputs[1], ranks[1], -2)):
        if rank + inner in bounds:
            raise _refuse(rank + inner, "adds up")
    output = _shape(node.outputs[0])
    batches = _broadcast(node.inputs[:2], inputs[:2], output, frozenset({-1, -2}))
    rows = {len(output) - 2: c for a, c in inputs[0].items() if a == ranks[0] - 2}
    columns = {len(output) - 1: c for a, c in inputs[1].items() if a == ranks[1] - 1}
    return {**batches, **rows, **columns}


def _product(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Products with constant weights; a residual must have the same bounds."""
    residual = inputs[3] if len(inputs) > 3 else None
    if residual is not None and node.inputs[3] is not None and dict(residual) != dict(inputs[0]):
        raise UnfollowedError("its operands have different counts")
    last = len(_shape(node.inputs[0])) - 1
    axes = [last] if node.op_type == "Gemm" else range(1, last + 1)
    return _not_along(axes, inputs[:1])


def _updated(_node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Padding among the updates would be written."""
    return _not_along((), inputs)


def _suppressed(_node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """Boxes behind the last are harmless where their scores are; rules see to that."""
    if set(inputs[0]) - {1} or any(inputs[1:]):
        raise UnfollowedError("only the number of its boxes may depend on data")
    return NONE


def _distinct(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    """The second operand counts the rows that are meant."""
    if set(inputs[0]) - {0} or (inputs[0] and len(node.inputs) < 2):
        raise UnfollowedError("the sizes of what it compares depend on data")
    return NONE


def _unbound(node: ir.Node, inputs: Sequence[Bounds]) -> Bounds:
    return {axis: count for axis, count in inputs[0].items() if axis != _axis(node)}


_REDUCTIONS = ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
_IMAGES = ("Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool")
_IMAGES_TOO = ("BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN", "Gemm")
_RESAMPLING = ("Resize", "Upsample", "DepthToSpace", "SpaceToDepth", "LpPool", "GlobalLpPool")

_TRANSFERS: Mapping[str, _Transfer] = {
    **dict.fromkeys(("Identity", "Cast", "Dropout", "QuantizeLinear", "DequantizeLinear"), _same),
    **dict.fromkeys(("Sum", "Mean", "CastLike"), _aligned),
    **dict.fromkeys((*_IMAGES, *_IMAGES_TOO, *_RESAMPLING), _only_batch),
    **dict.fromkeys((f"Reduce{name}" for name in _REDUCTIONS), _reduced),
    **dict.fromkeys(("ArgMax", "ArgMin"), _reduced),
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _reshaped),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax", "TopK"), _not_along_axis(-1)),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), _not_from_axis),
    **dict.fromkeys(("Tile", "Pad", "Expand"), _resized),
    **dict.fromkeys(("CumSum", "CumProd"), _running),
    **dict.fromkeys(("ScatterElements", "ScatterND"), _updated),
    **dict.fromkeys(("edgert.Conv", "edgert.ConvTranspose", "edgert.Gemm"), _product),
    "Split": _not_along_axis(0),
    "Transpose": _transposed,
    "Gather": _gathered,
    "Slice": _sliced,
    "Concat": _concatenated,
    "MatMul": _multiplied,
    "edgert.Suppress": _suppressed,
    "edgert.Distinct": _distinct,
    "edgert.Unbound": _unbound,
}
