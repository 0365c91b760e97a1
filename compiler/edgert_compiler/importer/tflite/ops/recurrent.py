"""Recurrent layers, in float or with int8 weights."""

from __future__ import annotations

from collections.abc import Sequence

from edgert_compiler.importer.tflite.file import Operator
from edgert_compiler.importer.tflite.graph import GraphBuilder, UnsupportedError
from edgert_compiler.importer.tflite.schema import member

# Inputs for each gate: input, forget, cell, output; peepholes have none of the cell.
_WEIGHTS, _RECURRENT, _PEEPHOLES, _BIASES = (
    (1, 2, 3, 4),
    (5, 6, 7, 8),
    (9, 10, 11),
    (12, 13, 14, 15),
)
_PROJECTION, _HIDDEN, _CELL, _NORMALIZATION = 16, 18, 19, range(20, 24)
# ONNX's order among them: input, output, forget, cell.
_GATES = (0, 3, 1, 2)
_PEEPHOLE_GATES = (0, 2, 1)
_ACTIVATIONS = {"TANH": "Tanh", "RELU": "Relu"}


def _lstm(op: Operator, graph: GraphBuilder) -> None:
    """The states are read from the variables, and those have the final ones afterwards."""
    _check(op)
    states = [op.input(_HIDDEN), op.input(_CELL)]
    batch, hidden = states[0].shape
    x = graph.value(op.input(0))
    weights, recurrent = (
        graph.reshape(_stacked(op, places, _GATES, graph), (1, 4 * hidden, -1))
        for places in (_WEIGHTS, _RECURRENT)
    )
    bias = _stacked(op, _BIASES, _GATES, graph)
    both = graph.node("Concat", bias, graph.constant([0.0] * 4 * hidden, "float32"), axis=0)
    peepholes = ""
    if op.optional(_PEEPHOLES[-1]) is not None:
        peepholes = graph.reshape(_stacked(op, _PEEPHOLES, _PEEPHOLE_GATES, graph), (1, 3 * hidden))
    swapped = [1, 0, 2]
    y, *finals = graph.node(
        "LSTM",
        x if op.options.time_major else graph.node("Transpose", x, perm=swapped),
        weights,
        recurrent,
        graph.reshape(both, (1, 8 * hidden)),
        "",
        *(graph.reshape(graph.value(state), (1, batch, hidden)) for state in states),
        peepholes,
        outputs=3,
        hidden_size=hidden,
        activations=["Sigmoid", _activation(op), _activation(op)],
    )
    steps = graph.reshape(y, (-1, batch, hidden))
    steps = steps if op.options.time_major else graph.node("Transpose", steps, perm=swapped)
    graph.result(op.outputs[0], steps)
    for state, final in zip(states, finals):
        graph.result(state, graph.reshape(final, (batch, hidden)))


def _check(op: Operator) -> None:
    """Raises UnsupportedError for what ONNX's LSTM does not have."""
    if op.input(0).quantization is not None:
        raise UnsupportedError("its activations are int8; edgert computes this in float")
    if op.optional(_WEIGHTS[0]) is None:
        raise UnsupportedError("its input and forget gates are coupled")
    if any(op.optional(place) is not None for place in (_PROJECTION, *_NORMALIZATION)):
        raise UnsupportedError("it projects or normalizes inside")
    if op.options.cell_clip or op.options.proj_clip or op.options.diagonal_recurrent_tensors:
        raise UnsupportedError("it clips its states, or its recurrent weights are diagonals")


def _stacked(op: Operator, places: Sequence[int], order: Sequence[int], graph: GraphBuilder) -> str:
    """The inputs of all gates along the first axis, in ONNX's order."""
    gates = [graph.value(op.input(places[gate])) for gate in order]
    return str(graph.node("Concat", *gates, axis=0))


def _activation(op: Operator) -> str:
    code = op.options.fused_activation_function
    for name, found in _ACTIVATIONS.items():
        if code == member("ActivationFunctionType", name):
            return found
    raise UnsupportedError("its activation is neither Tanh nor Relu")


CONVERTERS = {"UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm}
