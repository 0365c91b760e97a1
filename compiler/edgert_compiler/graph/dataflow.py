"""Control flow as operators on values, without bodies (domain ``edgert``).

===========  ===================================================  ==================================
operator     inputs                                               outputs
===========  ===================================================  ==================================
If           condition, results of one branch, those of the       the results of the branch taken
             other
LoopBegin    trip count?, condition?, start values, values from   number of the iteration, current
             outside                                              values, values from outside
LoopEnd      number of the iteration, condition of the next       final values, stacks of collected
             iteration?, next values, collected values            values
===========  ===================================================  ==================================

Attributes: ``carried`` (of both halves of a loop) is the number of values that go from iteration to
iteration; ``loop`` tells loops apart that begin alike. LoopEnd: ``trips``, at most so many
iterations there are, -1 where nobody knows; for each stack, ``axes`` along which it runs and
``reverse``, whether the first iteration is its last entry. Conditions and the trip count are
scalars; a missing one sets no limit.

Everything between is ordinary nodes of the one graph, so every pass and rule sees them, and each of
its rewrites holds, as it holds for the values of any one iteration. What runs when is found from
who reads what: nodes that only one branch needs are that branch, what LoopEnd needs of LoopBegin is
the body (edgert_compiler/graph/regions.py). A body reads what is computed outside only through
LoopBegin; so no rewrite moves work into the loop. It reads constants directly.
"""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN

IF = "If"
LOOP_BEGIN = "LoopBegin"
LOOP_END = "LoopEnd"
_OPERATORS = frozenset({IF, LOOP_BEGIN, LOOP_END})


def is_control(node: ir.Node) -> bool:
    """Whether the node is one of these operators."""
    return node.domain == DOMAIN and node.op_type in _OPERATORS


def loop_begin(end: ir.Node) -> ir.Node:
    """The LoopBegin of a LoopEnd."""
    iteration = end.inputs[0]
    assert iteration is not None
    begin = iteration.producer()
    assert begin is not None, f"{end.name} has lost its beginning"
    return begin


def carried(node: ir.Node) -> int:
    """How many values go from iteration to iteration."""
    return node.attributes.get_int("carried", 0)


def branch_results(node: ir.Node) -> tuple[list[ir.Value], list[ir.Value]]:
    """The results of the two branches of an If."""
    values = [value for value in node.inputs[1:] if value is not None]
    count = len(node.outputs)
    return values[:count], values[count:]


def infer_control(node: ir.Node) -> None:
    """Writes types and shapes on the outputs, in place; no shape where it may change."""
    if node.op_type == IF:
        for output, *results in zip(node.outputs, *branch_results(node)):
            _assume(output, results)
    elif node.op_type == LOOP_BEGIN:
        iteration, *values = node.outputs
        iteration.type, iteration.shape = ir.TensorType(ir.DataType.INT64), ir.Shape(())
        for output, value in zip(values, node.inputs[2:]):
            _assume(output, [value])
    else:
        _infer_end(node)


def _infer_end(node: ir.Node) -> None:
    count, begin = carried(node), loop_begin(node)
    for output, start, following in zip(
        node.outputs, begin.outputs[1 : 1 + count], node.inputs[2:]
    ):
        _assume(output, [start, following])
    trips = node.attributes.get_int("trips", -1)
    axes = node.attributes.get_ints("axes", ())
    for stack, value, axis in zip(node.outputs[count:], node.inputs[2 + count :], axes):
        _assume(stack, [value])
        if stack.shape is not None:
            shape = list(stack.shape)
            shape.insert(axis % (len(shape) + 1), trips)
            stack.shape = ir.Shape(shape) if trips >= 0 else None


def _assume(output: ir.Value, values: Sequence[ir.Value | None]) -> None:
    """Gives the output the type and shape that all the values have."""
    first, *others = values
    assert first is not None
    output.type = first.type
    same = all(v is not None and v.shape == first.shape and v.type == first.type for v in others)
    known = first.shape is not None and first.shape.is_static()
    output.shape = first.shape if same and known else None
