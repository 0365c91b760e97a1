"""LSTM: UNIDIRECTIONAL_SEQUENCE_LSTM for each direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import (
    array_of,
    integer,
    integers_of,
    is_read,
    number,
    optional,
    required,
    shape_of,
    string,
)
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.graph.types import unsupported_dynamic, unsupported_type
from edgert_compiler.importer.tflite.schema import member
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.program.layout import Order
from edgert_compiler.quantization.plan import Precision
from edgert_compiler.quantization.weights import WEIGHT_MAX
from edgert_targets.tflite.compiler.base import Lowering
from edgert_targets.tflite.compiler.context import Context
from edgert_targets.tflite.compiler.graph import Tensor
from edgert_targets.tflite.compiler.variables import copy, never, variable, varies

_X, _W, _R, _B, _LENGTHS, _HIDDEN, _CELL, _PEEPHOLES = range(8)
_CONSTANTS = {_W: "the weight", _R: "the weight", _B: "the bias", _PEEPHOLES: "the peephole"}
# TFLite's order is input, forget, cell, output; ONNX's input, output, forget, cell.
_GATES = (0, 2, 3, 1)
_PEEPHOLE_GATES = (0, 2, 1)
_DEFAULT = ("Sigmoid", "Tanh", "Tanh")
_ACTIVATIONS: Mapping[tuple[str, ...], str] = {
    _DEFAULT: "TANH",
    ("Sigmoid", "Relu", "Relu"): "RELU",
}
_DYNAMIC_VERSION = 3  # int8 weights, activations quantized with a zero point while running


class Lstm(Lowering):
    """In float, or with int8 weights that have one scale for the matrix of each gate.

    Axes are T (steps), B (batch), D (directions), H (hidden size). Tensors have T and B in the
    order that x lies in.
    """

    op_type = "LSTM"

    def unsupported(self, node: ir.Node) -> str | None:
        reasons = (unsupported_dynamic(node, index, what) for index, what in _CONSTANTS.items())
        return (
            unsupported_type(node, _X)
            or next((reason for reason in reasons if reason is not None), None)
            or _unsupported_form(node)
        )

    def role(self, node: ir.Node, own: QuantizationRole) -> QuantizationRole:
        constants = (array_of(optional(node, index)) for index in _CONSTANTS)
        finite = all(array is None or np.isfinite(array).all() for array in constants)
        return QuantizationRole.DYNAMIC if finite else QuantizationRole.FLOAT

    def lower(self, node: ir.Node, context: Context) -> None:
        x = context.native(required(node, _X))
        if x.order[2] != 2:
            x = context.native(required(node, _X), (0, 1, 2))
        names = "BT" if _batch_first(node) else "TB"
        axes = "".join(names[axis] for axis in x.order[:2])
        time = axes.index("T")
        runs = [_run(_Direction(node, d, context), x.tensor, time) for d in range(_count(node))]
        states = "BDH" if _batch_first(node) else "DBH"
        forms = (
            (_steps, f"{axes}DH", "BTDH" if _batch_first(node) else "TDBH"),
            (_last_steps, f"{axes.replace('T', 'D')}H", states),
            (_cells, "DBH", states),
        )
        for value, (join, stored, wanted) in zip(node.outputs, forms):
            if is_read(value):
                order = _order(stored, wanted, shape_of(value))
                shape = [shape_of(value)[axis] for axis in order]
                context.bind(value, context.reshaped(join(runs, context), shape), order)


def _order(stored: str, wanted: str, shape: Sequence[int]) -> Order:
    """Where the stored axes are in a value of that shape; row-major if none but ones moved."""
    order = tuple(map(wanted.index, stored))
    moving = [axis for axis in order if shape[axis] != 1]
    return tuple(sorted(order)) if moving == sorted(moving) else order


@dataclass(frozen=True, eq=False)
class _Direction:
    """One direction of a layer: its constants and initial states as tensors."""

    node: ir.Node
    index: int
    context: Context

    @property
    def reverse(self) -> bool:
        return self.index == 1 or string(self.node, "direction", "forward") == "reverse"

    @property
    def dynamic(self) -> bool:
        return self.context.precision(self.node) is Precision.DYNAMIC

    def matrices(self, position: int) -> list[Tensor]:
        """W or R, [H, ...] for each gate."""
        gates = np.split(self._part(position), len(_GATES))
        return [self._weight(gates[gate]) for gate in _GATES]

    def peepholes(self) -> list[Tensor | None]:
        """P, [H] for each gate but the cell's."""
        if optional(self.node, _PEEPHOLES) is None:
            return [None] * len(_PEEPHOLE_GATES)
        gates = np.split(self._part(_PEEPHOLES), len(_PEEPHOLE_GATES))
        return [self._weight(gates[gate]) for gate in _PEEPHOLE_GATES]

    def biases(self) -> list[Tensor]:
        """The sum of both halves of B, [H] for each gate."""
        hidden = shape_of(required(self.node, _R))[2]
        given = optional(self.node, _B) is not None
        both = self._part(_B) if given else np.zeros(2 * len(_GATES) * hidden, np.float32)
        gates = both.reshape(2, len(_GATES), hidden).sum(axis=0)
        return [self.context.constant(gates[gate]) for gate in _GATES]

    def state(self, position: int, after: Tensor) -> Tensor:
        """A variable [B, H] that has the initial state."""
        batch = shape_of(required(self.node, _X))[0 if _batch_first(self.node) else 1]
        shape = (batch, shape_of(required(self.node, _R))[2])
        given = optional(self.node, position)
        if given is None:
            initial = self.context.constant(np.zeros(shape, np.float32))
        else:
            order = (1, 0, 2) if _batch_first(self.node) else (0, 1, 2)
            directions = self.context.native(given, order).tensor
            initial = self.context.reshaped(_part(directions, 0, self.index, self.context), shape)
        name = f"{self.node.name}_state"
        return copy(initial, variable(shape, name), after, self.context)

    def _part(self, position: int) -> np.ndarray:
        array = array_of(required(self.node, position))
        assert array is not None
        return array[self.index]

    def _weight(self, array: np.ndarray) -> Tensor:
        if not self.dynamic:
            return self.context.constant(array)
        scale = float(np.float32(np.abs(array).max() / WEIGHT_MAX)) or 1.0
        return self.context.quantized_constant(array, QuantParams(scale, 0))


@dataclass(frozen=True, eq=False)
class _Run:
    """What one direction computes.

    y: [T, B, H] or [B, T, H], reversed where its steps are; time: which axis T is. cell: the
    variable with its cell state.
    """

    y: Tensor
    time: int
    reverse: bool
    cell: Tensor


def _run(direction: _Direction, x: Tensor, time: int) -> _Run:
    """Emits the operator; `time`: the axis of the steps."""
    node, context = direction.node, direction.context
    if direction.reverse:
        x = _reversed(x, time, context)
    after = never(x, context)
    hidden, cell = (direction.state(position, after) for position in (_HIDDEN, _CELL))
    y = context.tensor((*x.shape[:2], hidden.shape[1]))
    operands = [x, *direction.matrices(_W), *direction.matrices(_R), *direction.peepholes()]
    no_projection = [None, None]
    activation = _ACTIVATIONS[_activations(node, direction.index)]
    options = {
        "fused_activation_function": member("ActivationFunctionType", activation),
        "time_major": time == 0,
        "asymmetric_quantize_inputs": direction.dynamic,
    }
    context.emit(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [*operands, *direction.biases(), *no_projection, hidden, cell],
        y,
        ("UnidirectionalSequenceLSTMOptions", options),
        version=_DYNAMIC_VERSION if direction.dynamic else 1,
    )
    return _Run(y, time, direction.reverse, cell)


def _steps(runs: Sequence[_Run], context: Context) -> Tensor:
    """Every step of every direction, [T, B, D * H] or [B, T, D * H]."""
    ordered = [_reversed(run.y, run.time, context) if run.reverse else run.y for run in runs]
    return _joined(ordered, 2, context)


def _last_steps(runs: Sequence[_Run], context: Context) -> Tensor:
    """The last step of every direction, [D, B, H] or [B, D, H]."""
    found = [_part(run.y, run.time, run.y.shape[run.time] - 1, context) for run in runs]
    return _joined(found, runs[0].time, context)


def _cells(runs: Sequence[_Run], context: Context) -> Tensor:
    """The last cell of every direction, [D, B, H]."""
    found = [
        copy(run.cell, context.tensor(run.cell.shape), never(run.y, context), context)
        for run in runs
    ]
    return _joined([context.reshaped(cell, (1, *cell.shape)) for cell in found], 0, context)


def _part(tensor: Tensor, axis: int, index: int, context: Context) -> Tensor:
    """One index of an axis, which stays."""
    if tensor.shape[axis] == 1:
        return tensor
    starts, shape = [0] * len(tensor.shape), list(tensor.shape)
    starts[axis], shape[axis] = index, 1
    result = context.like(tensor, shape)
    context.emit("SLICE", [tensor, context.vector(starts), context.vector(shape)], result)
    return result


def _reversed(tensor: Tensor, axis: int, context: Context) -> Tensor:
    result = context.like(tensor)
    context.emit("REVERSE_V2", [tensor, context.vector([axis])], result)
    return result


def _joined(tensors: Sequence[Tensor], axis: int, context: Context) -> Tensor:
    if len(tensors) == 1:
        return tensors[0]
    shape = list(tensors[0].shape)
    shape[axis] *= len(tensors)
    result = context.tensor(shape)
    context.emit("CONCATENATION", tensors, result, ("ConcatenationOptions", {"axis": axis}))
    return result


def _batch_first(node: ir.Node) -> bool:
    return integer(node, "layout", 0) == 1


def _count(node: ir.Node) -> int:
    return shape_of(required(node, _W))[0]


def _activations(node: ir.Node, direction: int) -> tuple[str, ...]:
    names = node.attributes.get_strings("activations", _DEFAULT * _count(node))
    return tuple(names[direction * len(_DEFAULT) :][: len(_DEFAULT)])


def _unsupported_form(node: ir.Node) -> str | None:
    x = required(node, _X)
    if number(node, "clip", 0.0):
        return "TFLite does not clip what its gates take"
    if integer(node, "input_forget", 0):
        return "its input and forget gates are coupled"
    if any(_activations(node, d) not in _ACTIVATIONS for d in range(_count(node))):
        return "TFLite's activations are Sigmoid for gates, and Tanh or Relu for both others"
    steps = shape_of(x)[1 if _batch_first(node) else 0]
    if optional(node, _LENGTHS) is not None and set(integers_of(node, _LENGTHS) or ()) != {steps}:
        return "its sequences have lengths of their own"
    return None if varies(x) else "its input is the same in every run"
