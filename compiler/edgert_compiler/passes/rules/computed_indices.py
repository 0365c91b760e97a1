"""Selections at places that are computed: gathers and comparisons of indices."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims, producer
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class ReverseSequence(Rule):
    """Within its length, a sequence is read backwards.

    ReverseSequence(x[T, B], n)   =>   Gather(x as [B * T], b * T + (t < n ? n - 1 - t : t))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ReverseSequence"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where the shape is known."""
        x, lengths = node.inputs
        assert x is not None
        assert lengths is not None
        shape = dims(x)
        if shape is None:
            return None
        make = Composer(node)
        time, batch = (
            node.attributes.get_int("time_axis", 0),
            node.attributes.get_int("batch_axis", 1),
        )
        order = [batch, time, *range(2, len(shape))]
        steps, sequences = shape[time], shape[batch]
        step = make.constant(np.arange(steps)[None], "steps")
        length = make.reshape(lengths, (sequences, 1))
        backwards = make.int64("Sub", make.int64("Sub", length, 1), step)
        place = emit("Where", [make.int64("Less", step, length), backwards, step])
        firsts = make.constant(np.arange(sequences)[:, None] * steps, "firsts")
        rows = make.reshape(make.int64("Add", place, firsts), [sequences * steps])
        ordered = make.transpose(x, *order)
        flat = make.reshape(ordered, (sequences * steps, *shape[2:]))
        gathered = emit("Gather", [flat, rows], {"axis": 0})
        restored = make.reshape(gathered, [shape[a] for a in order])
        return Rewrite((make.transpose(restored, *(order.index(a) for a in range(len(shape)))),))


class Diagonals(Rule):
    """Columns minus rows, compared with the number of the diagonal.

    EyeLike{k}(x)            =>   Cast(column - row == k)
    Trilu{upper=0}(x, k)     =>   Where(column - row <= k, x, 0)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"EyeLike", "Trilu"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """EyeLike always; Trilu where k is computed."""
        x, k = node.inputs[0], optional(node, 1)
        shape = None if x is None else dims(x)
        if x is None or shape is None or x.dtype is None:
            return None
        make = Composer(node)
        rows, columns = (np.arange(n, dtype=np.int64) for n in shape[-2:])
        if node.op_type == "EyeLike":
            dtype = node.attributes.get_int("dtype", int(x.dtype))
            first = make.constant(rows[:, None] + node.attributes.get_int("k", 0), "rows")
            hot = make.int64("Equal", make.constant(columns, "columns"), first)
            return Rewrite((emit("Cast", [hot], {"to": dtype}),))
        if k is None or array_of(k) is not None:
            return None
        difference = make.constant(columns - rows[:, None], "diagonals")
        upper = node.attributes.get_int("upper", 1)
        kept = emit("GreaterOrEqual" if upper else "LessOrEqual", [difference, make.reshape(k, [])])
        return Rewrite((emit("Where", [kept, x, make.constant(np.zeros((), x.dtype.numpy()))]),))


class ComputedSlice(Rule):
    """As many entries as the output has, from a computed place on.

    Slice(x, s, s + 4)   =>   Gather(x, s + [0, 1, 2, 3])
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Slice"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Of one axis, where the number of entries is known."""
        x, start = node.inputs[0], optional(node, 1)
        shape = None if x is None else dims(x)
        if x is None or start is None or shape is None or array_of(start) is not None:
            return None
        axes, steps = (optional(node, index) for index in (3, 4))
        axis = np.zeros(1, np.int64) if axes is None else array_of(axes)
        step = np.ones(1, np.int64) if steps is None else array_of(steps)
        if dims(start) != (1,) or axis is None or step is None:
            return Refusal("it slices several axes at computed places")
        place = int(axis[0]) % len(shape)
        result, distance = dims(node.outputs[0]), _distance(start, node.inputs[2])
        count = result[place] if result is not None else -(-distance // int(step[0]))
        if not 0 < count <= shape[place]:
            return Refusal("the number of entries depends on data")
        make = Composer(node)
        first = start
        if start.dtype != ir.DataType.INT64:
            first = emit("Cast", [start], {"to": int(ir.DataType.INT64)})
        places = make.int64("Add", first, make.constant(np.arange(count) * step[0], "steps"))
        return Rewrite((emit("Gather", [x, places], {"axis": place}),))


def _distance(start: ir.Value, end: ir.Value | None) -> int:
    """The constant that `end` adds to `start`, 0 where it is not that."""
    added = producer(end, "Add")
    if added is None:
        return 0
    for index in (0, 1):
        amount = array_of(added.inputs[1 - index])
        if _same_number(added.inputs[index], start) and amount is not None and amount.size == 1:
            return int(amount.reshape(-1)[0])
    return 0


def _same_number(a: ir.Value | None, b: ir.Value | None) -> bool:
    """Whether both are one value, but for its shape."""
    return _source(a) is _source(b)


def _source(value: ir.Value | None) -> ir.Value | None:
    renamed = producer(value, "Reshape", "Squeeze", "Unsqueeze", "Identity")
    return value if renamed is None else _source(renamed.inputs[0])
