"""``Loop`` and ``Scan``: unrolled where that is small, else a body between two operators.

Both become the same thing: a trip count or a condition, values that go from iteration to iteration,
inputs of which each iteration reads one entry, and results that are collected.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import new_constant, new_node
from edgert_compiler.graph.dataflow import LOOP_BEGIN, LOOP_END
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, integers
from edgert_compiler.graph.subgraphs import Surroundings, bodies, inner_nodes, read_inside
from edgert_compiler.passes.bounds import BOUND
from edgert_compiler.passes.evaluate import evaluate

UNROLLED_NODES = 192
"""A loop is unrolled where all its iterations together have at most so many nodes."""

UNROLLED_SEQUENCE_NODES = 4096
"""The same for loops over sequences, which have no other form."""


@dataclass(frozen=True, eq=False)
class ScanInput:
    """A value of which each iteration reads one entry along `axis`, from the last if `reverse`."""

    value: ir.Value
    axis: int
    reverse: bool


@dataclass(frozen=True, eq=False)
class ScanOutput:
    """Results of the iterations, stacked along `axis`, the first one last if `reverse`."""

    axis: int = 0
    reverse: bool = False


@dataclass(frozen=True, eq=False)
class Iterations:
    """A Loop or a Scan.

    Attributes:
        trips: how many iterations there are at most; None where nobody knows.
        trip_count: that number as a value, where it is computed; condition: of the first iteration,
            where it is computed.
        starts: the first values of what goes from iteration to iteration.
        counts: whether the body reads the number of the iteration and the condition.
        conditional: whether the body computes the condition of the next iteration.
    """

    node: ir.Node
    body: ir.Graph
    trips: int | None
    trip_count: ir.Value | None
    condition: ir.Value | None
    starts: tuple[ir.Value, ...]
    scans: tuple[ScanInput, ...]
    stacks: tuple[ScanOutput, ...]
    counts: bool
    conditional: bool

    @property
    def exact(self) -> bool:
        """Whether `trips` is how many iterations there are."""
        known = self.trips is not None and self.trip_count is None
        return known and self.condition is None and not self.conditional

    @property
    def nodes(self) -> int:
        """Nodes of the body, at any depth."""
        return sum(1 for _ in self.body.all_nodes())


def take_apart(node: ir.Node) -> bool:
    """Replaces a Loop or Scan by its iterations, or by its body between LoopBegin and LoopEnd.

        x ── Loop{s = s + x} ── s     =>     x ─┬─ LoopBegin ─┬─ Add ── LoopEnd ── s
        0 ──┘                                0 ─┘             └─┘

    In place. Returns False, having done nothing, where a shape that the number of iterations
    depends on is not known, or where a value is no tensor and the loop cannot be unrolled.
    """
    iterations = {"Loop": _loop, "Scan": _scan}[node.op_type](node)
    if iterations is None:
        return False
    trips, tensors = iterations.trips, _is_of_tensors(iterations)
    limit = UNROLLED_NODES if tensors else UNROLLED_SEQUENCE_NODES
    possible = trips is not None and iterations.exact and (trips or not iterations.stacks)
    if trips is not None and possible and trips * iterations.nodes <= limit:
        _unroll(iterations, trips)
    elif not tensors:
        return False
    else:
        _embed(iterations)
    return True


def _is_tensor(value: ir.Value) -> bool:
    return isinstance(value.type, ir.TensorType)


def _is_of_tensors(iterations: Iterations) -> bool:
    """Whether no sequence or optional value goes through the iterations or into them."""
    outside = (value for value in _read_from_outside(iterations) if value.type is not None)
    return all(map(_is_tensor, (*iterations.starts, *iterations.node.outputs, *outside)))


def _loop(node: ir.Node) -> Iterations | None:
    trip_count, condition, *starts = (*node.inputs, None, None)[: max(len(node.inputs), 2)]
    body = node.attributes["body"].as_graph()
    if None in starts or not all(map(_is_tensor, node.outputs[len(starts) :])):
        return None
    limit, first = array_of(trip_count), array_of(condition)
    following = _constant_inside(body.outputs[0], {body.inputs[1]: np.array(True)})
    trips = None if limit is None else max(int(limit.reshape(-1)[0]), 0)
    if first is not None and not first.reshape(-1)[0]:
        trips, trip_count = 0, None
    elif following is not None and not following.reshape(-1)[0]:
        trips = 1 if trips is None else min(trips, 1)
    return Iterations(
        node,
        body,
        trips,
        trip_count if limit is None else None,
        condition if first is None else None,
        tuple(v for v in starts if v is not None),
        (),
        (ScanOutput(),) * (len(node.outputs) - len(starts)),
        counts=True,
        conditional=following is None,
    )


def _constant_inside(value: ir.Value, known: Mapping[ir.Value, np.ndarray]) -> np.ndarray | None:
    """What a value of a body is in every iteration, None where that is not one number."""
    if value in known or value.const_value is not None:
        return known.get(value, array_of(value))
    node = value.producer()
    if node is None or node.op_type not in ("Identity", "Cast", "Constant"):
        return None
    operands = [_constant_inside(v, known) for v in node.inputs if v is not None]
    arrays = [array for array in operands if array is not None and array.size == 1]
    if len(arrays) < len(node.inputs):
        return None
    values = [new_constant(array, "operand") for array in arrays]
    alone = ir.Node("", node.op_type, values, node.attributes.values(), version=node.version)
    alone.outputs[0].name = "result"
    return evaluate(alone)[0].numpy()


def _scan(node: ir.Node) -> Iterations | None:
    if node.version is not None and node.version < 9:
        return None
    count = node.attributes.get_int("num_scan_inputs", 0)
    starts, scanned = node.inputs[: len(node.inputs) - count], node.inputs[-count:]
    if not all(v is not None and _is_tensor(v) for v in (*node.inputs, *node.outputs)):
        return None
    shapes = [dims(v) for v in scanned if v is not None]
    axes = integers(node, "scan_input_axes", (0,) * count)
    backwards = integers(node, "scan_input_directions", (0,) * count)
    if None in shapes:
        return None
    stacks = len(node.outputs) - len(starts)
    return Iterations(
        node,
        node.attributes["body"].as_graph(),
        next(shape[axis] for shape, axis in zip(shapes, axes) if shape is not None),
        None,
        None,
        tuple(v for v in starts if v is not None),
        tuple(
            ScanInput(v, axis % len(v.shape or ()), bool(reverse))
            for v, axis, reverse in zip(scanned, axes, backwards)
            if v is not None
        ),
        tuple(
            ScanOutput(axis, bool(reverse))
            for axis, reverse in zip(
                integers(node, "scan_output_axes", (0,) * stacks),
                integers(node, "scan_output_directions", (0,) * stacks),
            )
        ),
        counts=False,
        conditional=False,
    )


class _Builder(Surroundings):
    """Small constructors of nodes in front of the loop."""

    def emit(
        self, op: str, inputs: Sequence[ir.Value | None], attributes: Mapping[str, object]
    ) -> ir.Value:
        return self.add(new_node(op, inputs, attributes)).outputs[0]

    def number(self, value: int | list[int] | bool) -> ir.Value:
        dtype = np.bool_ if isinstance(value, bool) else np.int64
        return self.constant(new_constant(np.array(value, dtype), f"{self.node.name}/number"))

    def entry(self, scan: ScanInput, index: ir.Value) -> ir.Value:
        return self.emit("Gather", [scan.value, index], {"axis": scan.axis})


def _unroll(iterations: Iterations, trips: int) -> None:
    """One copy of the body after the other."""
    around = _Builder(iterations.node)
    values: list[ir.Value] = list(iterations.starts)
    collected: list[tuple[ir.Value, ...]] = []
    holds = around.number(True)
    for trip in range(trips):
        leading = [around.number(trip), holds] if iterations.counts else []
        entries = [
            around.entry(scan, around.number(trips - 1 - trip if scan.reverse else trip))
            for scan in iterations.scans
        ]
        results = around.copy(iterations.body, [*leading, *values, *entries])
        results = results[1:] if iterations.counts else results
        collected.append(tuple(results[len(values) :]))
        values = results[: len(values)]
    stacks = map(functools.partial(_stack, around), iterations.stacks, zip(*collected))
    around.replace([*values, *stacks])


def _stack(around: _Builder, stack: ScanOutput, values: tuple[ir.Value, ...]) -> ir.Value:
    axis = around.number([stack.axis])
    parts = [around.emit("Unsqueeze", [value, axis], {}) for value in values]
    return around.emit("Concat", parts[::-1] if stack.reverse else parts, {"axis": stack.axis})


def _embed(iterations: Iterations) -> None:
    """The body once, between LoopBegin and LoopEnd.

    Where the loop may end early, one more value goes from iteration to iteration: how many there
    were, which is how many entries of the stacks are meant.
    """
    around = _Builder(iterations.node)
    own = len(iterations.starts)
    counted = bool(iterations.stacks) and not iterations.exact
    if counted:
        starts = (*iterations.starts, around.number([0]))
        iterations = dataclasses.replace(iterations, starts=starts)
    outside = _read_from_outside(iterations)
    begin = _begin(around, iterations, outside)
    number, values = begin.outputs[0], begin.outputs[1:]
    inner = dict(zip(outside, values[len(iterations.starts) :]))
    leading = [number, around.number(True)] if iterations.counts else []
    entries = [_own_entry(around, iterations, scan, inner, number) for scan in iterations.scans]
    first = len(around.added)
    results = around.copy(iterations.body, [*leading, *values[:own], *entries])
    for node in around.added[first:]:
        _replace_inputs(node, inner)
    results = [inner.get(value, value) for value in results]
    following = results.pop(0) if iterations.counts else None
    if counted:
        results.insert(own, around.emit("Add", [number, around.number([1])], {}))
    condition = following if iterations.conditional else None
    end = _end(around, iterations, [number, condition, *results])
    stacks = list(end.outputs[len(iterations.starts) :])
    if counted and iterations.trips is not None:
        stacks = [around.emit(BOUND, [v, end.outputs[own]], {"axis": 0}) for v in stacks]
    around.replace([*end.outputs[:own], *stacks])


def _own_entry(
    around: _Builder,
    iterations: Iterations,
    scan: ScanInput,
    inner: Mapping[ir.Value, ir.Value],
    number: ir.Value,
) -> ir.Value:
    """What an iteration reads of a scan input."""
    if scan.reverse:
        assert iterations.trips is not None, "the trip count of a Scan is static"
        number = around.emit("Sub", [around.number(iterations.trips - 1), number], {})
    local = inner.get(scan.value, scan.value)
    return around.entry(dataclasses.replace(scan, value=local), number)


def _begin(around: _Builder, iterations: Iterations, outside: Sequence[ir.Value]) -> ir.Node:
    trip_count = iterations.trip_count
    if iterations.trips is not None and trip_count is None:
        trip_count = around.number(iterations.trips)
    begin = ir.Node(
        DOMAIN,
        LOOP_BEGIN,
        [trip_count, iterations.condition, *iterations.starts, *outside],
        _attributes(iterations),
        num_outputs=1 + len(iterations.starts) + len(outside),
        name=f"{iterations.node.name}/begin",
    )
    return around.add(begin)


def _end(around: _Builder, iterations: Iterations, inputs: Sequence[ir.Value | None]) -> ir.Node:
    trips = -1 if iterations.trips is None else iterations.trips
    attributes = [
        *_attributes(iterations),
        ir.AttrInt64("trips", trips),
        ir.AttrInt64s("axes", [stack.axis for stack in iterations.stacks]),
        ir.AttrInt64s("reverse", [int(stack.reverse) for stack in iterations.stacks]),
    ]
    count = len(iterations.starts) + len(iterations.stacks)
    name = iterations.node.name
    return around.add(ir.Node(DOMAIN, LOOP_END, inputs, attributes, num_outputs=count, name=name))


def _attributes(iterations: Iterations) -> list[ir.Attr]:
    return [
        ir.AttrInt64("carried", len(iterations.starts)),
        ir.AttrString("loop", str(iterations.node.name)),
    ]


def _read_from_outside(iterations: Iterations) -> list[ir.Value]:
    """The values that are no constants and that the iterations read but do not compute."""
    body = iterations.body
    nodes = list(body.all_nodes())
    own = {*body.inputs, *(value for node in nodes for value in node.outputs)}
    for node in nodes:
        for graph in bodies(node):
            own.update(graph.inputs)
    read = (*(scan.value for scan in iterations.scans), *read_inside(iterations.node))
    return [v for v in dict.fromkeys(read) if v not in own and v.const_value is None]


def _replace_inputs(node: ir.Node, replaced: Mapping[ir.Value, ir.Value]) -> None:
    """Lets the node, and those of its bodies, read other values."""
    for user in (node, *inner_nodes(node)):
        for index, value in enumerate(user.inputs):
            if value is not None and value in replaced:
                user.replace_input_with(index, replaced[value])
    for graph in (graph for user in (node, *inner_nodes(node)) for graph in bodies(user)):
        graph.outputs[:] = [replaced.get(value, value) for value in graph.outputs]
