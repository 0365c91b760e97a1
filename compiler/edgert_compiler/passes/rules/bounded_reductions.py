"""Operators that combine entries along an axis whose size depends on data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.bounds import Bounds, known_bounds, reduced_axes
from edgert_compiler.passes.compose import Composer
from edgert_compiler.passes.rules.data_dependent import bound, filled


def _lowest(dtype: ir.DataType) -> float:
    numpy = dtype.numpy()
    return -np.inf if numpy.kind == "f" else int(np.iinfo(numpy).min)


def _highest(dtype: ir.DataType) -> float:
    numpy = dtype.numpy()
    return np.inf if numpy.kind == "f" else int(np.iinfo(numpy).max)


_Neutral = Callable[[ir.DataType], float]
_NEUTRAL: dict[str, _Neutral] = {
    **dict.fromkeys(
        ("ReduceSum", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum"), lambda _: 0
    ),
    "ReduceProd": lambda _: 1,
    **dict.fromkeys(("ReduceMax", "ReduceLogSumExp", "ArgMax"), _lowest),
    **dict.fromkeys(("ReduceMin", "ArgMin"), _highest),
}


class BoundedReduction(Rule):
    """Padding becomes what does not change the result.

    ReduceSum(x[n])    =>   ReduceSum(Where([0 ... N - 1] < n, x, 0))
    ReduceMean(x[n])   =>   ReduceSum(x) / n
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({*_NEUTRAL, "ReduceMean"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Along one bounded axis."""
        x = node.inputs[0]
        assert x is not None
        bounds, shape = known_bounds(x), dims(x)
        if not bounds or shape is None or x.dtype is None or not _has_axes(node):
            return None
        axes = reduced_axes(node, len(shape))
        along = [axis for axis in axes if axis in bounds]
        if not along:
            return None
        if node.attributes.get_int("select_last_index", 0):
            return Refusal("it selects the last of equal entries")
        new = Composer(node)
        if node.op_type == "ReduceMean":
            return Rewrite((_mean(node, x, axes, bounds, new),))
        neutral = _NEUTRAL[node.op_type](x.dtype)
        for axis in along:
            x = filled(x, bounds[axis], axis, neutral, new)
        return Rewrite((emit(node.op_type, [x, *node.inputs[1:]], dict(node.attributes)),))


def _has_axes(node: ir.Node) -> bool:
    """In the form of this opset, and constant."""
    if "axes" in node.attributes:
        return False
    return len(node.inputs) < 2 or node.inputs[1] is None or array_of(node.inputs[1]) is not None


def _mean(
    node: ir.Node, x: ir.Value, axes: tuple[int, ...], bounds: Bounds, new: Composer
) -> ir.Value:
    keepdims = node.attributes.get_int("keepdims", 1)
    total = emit("ReduceSum", [x, new.ints(axes)], {"keepdims": keepdims})
    shape = dims(x)
    assert shape is not None
    for axis in axes:
        size = bounds.get(axis)
        entries = new.ints([shape[axis]]) if size is None else size
        total = emit("Div", [total, emit("CastLike", [new.reshape(entries, []), x])])
    return total


_WEIGHTLESS = {
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax"), -np.inf),
    "CumSum": 0,
    "CumProd": 1,
}


class BoundedNormalization(Rule):
    """Padding has no weight in what is as long as the operand.

    Softmax(x[n])           =>   Bound(Softmax(Where([0 ... N - 1] < n, x, -infinity)), n)
    CumSum{reverse}(x[n])   =>   Bound(CumSum(Where([0 ... N - 1] < n, x, 0)), n)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset(_WEIGHTLESS)

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Along the bounded axis; running sums that go forwards need nothing."""
        x = node.inputs[0]
        assert x is not None
        shape, axis = dims(x), node.attributes.get_int("axis", -1)
        if len(node.inputs) > 1:
            given = array_of(node.inputs[1])
            if given is None or not node.attributes.get_int("reverse", 0):
                return None
            axis = int(given.reshape(-1)[0])
        count = None if shape is None else known_bounds(x).get(axis % len(shape))
        if count is None or shape is None:
            return None
        axis %= len(shape)
        whole = filled(x, count, axis, _WEIGHTLESS[node.op_type], Composer(node))
        result = emit(node.op_type, [whole, *node.inputs[1:]], dict(node.attributes))
        return Rewrite((bound(result, count, axis),))


class BoundedSelection(Rule):
    """Padding is never among the best, nor does it hold.

    TopK(x[n], k)   =>   TopK(Where([0 ... N - 1] < n, x, lowest), k)
    Positions(c[n]) =>   Positions(Where([0 ... N - 1] < n, c, false))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"TopK", "edgert.Positions"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Along the bounded axis. Of equals, TopK prefers those in front of the padding."""
        x = node.inputs[0]
        assert x is not None
        shape = dims(x)
        axis = 0 if node.op_type != "TopK" else node.attributes.get_int("axis", -1)
        count = None if shape is None else known_bounds(x).get(axis % len(shape))
        if count is None or shape is None or x.dtype is None:
            return None
        worst: float = 0
        if node.op_type == "TopK":
            largest = node.attributes.get_int("largest", 1)
            worst = _lowest(x.dtype) if largest else _highest(x.dtype)
        whole = filled(x, count, axis % len(shape), worst, Composer(node))
        operands, attributes = [whole, *node.inputs[1:]], dict(node.attributes)
        name = "TopK" if node.op_type == "TopK" else "edgert.Positions"
        return Rewrite(tuple(new_node(name, operands, attributes, outputs=2).outputs))


class BoundedProduct(Rule):
    """Padding adds nothing to a sum of products.

    MatMul(a[m, n], b[n, k])   =>   MatMul(Where(... < n, a, 0), Where(... < n, b, 0))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"MatMul"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the axis that is summed over has a bound in an operand."""
        operands = []
        for value, inner in zip(node.inputs, (-1, -2)):
            shape = None if value is None else dims(value)
            if value is None or shape is None or len(shape) < 2:
                return None
            operands.append((value, inner % len(shape)))
        if not any(axis in known_bounds(value) for value, axis in operands):
            return None
        new = Composer(node)
        whole = [
            filled(value, known_bounds(value)[axis], axis, 0, new)
            if axis in known_bounds(value)
            else value
            for value, axis in operands
        ]
        return Rewrite((emit("MatMul", whole),))
