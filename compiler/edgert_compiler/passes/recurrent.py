"""Base of the rules that unroll recurrent operators (RNN, GRU, LSTM) over their time steps.

Shapes are static, so the number of steps is known. What does not depend on the state, the product
of all inputs with W, is one matrix product in front of the steps.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.graph.nodes import is_read, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

MAX_STEPS = 512
_ACTIVATIONS = frozenset({"Relu", "Tanh", "Sigmoid", "Softsign", "Softplus"})


@dataclass(frozen=True, eq=False)
class Direction:
    """One direction of a recurrent node: its operands, time first, and small constructors.

    What steps have in common is built once.
    """

    node: ir.Node
    index: int
    steps: int
    batch: int
    hidden: int
    activations: tuple[str, ...]
    _built: dict[Hashable, ir.Value] = field(default_factory=dict)

    @property
    def reverse(self) -> bool:
        """Whether the steps run from the last to the first."""
        kind = self.node.attributes.get_string("direction", "forward")
        return kind == "reverse" or self.index == 1

    def ints(self, *values: int) -> ir.Value:
        """A constant vector."""
        array = np.array(values, np.int64)
        return self._once(values, lambda: new_constant(array, f"{self.node.name}_ints"))

    def number(self, value: float) -> ir.Value:
        """A float constant."""
        array = np.array(value, np.float32)
        return self._once(value, lambda: new_constant(array, f"{self.node.name}_number"))

    def slice(self, value: ir.Value, start: int, stop: int, axis: int) -> ir.Value:
        """Part of a value along one axis."""
        bounds = [self.ints(start), self.ints(stop), self.ints(axis)]
        return self._once((value, start, stop, axis), lambda: emit("Slice", [value, *bounds]))

    def part(self, value: ir.Value) -> ir.Value:
        """This direction's part of a value [directions, ...], without that axis."""
        part = self.slice(value, self.index, self.index + 1, 0)
        return self._once(part, lambda: emit("Squeeze", [part, self.ints(0)]))

    def weights(self, index: int) -> ir.Value:
        """Input `index` (W or R) as the right operand of a product, [inputs, gates * hidden]."""
        value = self.node.inputs[index]
        assert value is not None
        part = self.part(value)
        return self._once(part, lambda: emit("Transpose", [part], {"perm": [1, 0]}))

    def _once(self, key: Hashable, build: Callable[[], ir.Value]) -> ir.Value:
        if key not in self._built:
            self._built[key] = build()
        return self._built[key]

    def gates(self, value: ir.Value, count: int) -> list[ir.Value]:
        """A value [..., count * hidden] in parts of `hidden`."""
        return [
            self.slice(value, gate * self.hidden, (gate + 1) * self.hidden, -1)
            for gate in range(count)
        ]

    def activate(self, which: int, value: ir.Value) -> ir.Value:
        """Activation number `which` of this direction, behind the node's clip."""
        bound = self.node.attributes.get_float("clip", 0.0)
        if bound:
            value = emit("Clip", [value, self.number(-bound), self.number(bound)])
        return emit(self.activations[which], [value])


class Recurrent(Rule):
    """The loop over directions and steps; subclasses say what one step does."""

    stage = Stage.DECOMPOSE
    states: ClassVar[tuple[int, ...]]
    """Indices of the inputs with the initial states; the first is the one that is also output."""
    gate_count: ClassVar[int]
    defaults: ClassVar[tuple[str, ...]]

    @abc.abstractmethod
    def bias(self, direction: Direction, bias: ir.Value) -> ir.Value:
        """What of B [2 * gates * hidden] is added to the projected inputs, [gates * hidden]."""

    @abc.abstractmethod
    def step(
        self, direction: Direction, projected: ir.Value, states: Sequence[ir.Value]
    ) -> list[ir.Value]:
        """The next states [batch, hidden] from x_t W + b [batch, gates * hidden]."""

    def refusal(self, node: ir.Node) -> str | None:
        """Why a form of the operator is not unrolled."""
        names = node.attributes.get_strings("activations", self.defaults)
        others = sorted(set(names) - _ACTIVATIONS)
        if others:
            return f"edgert has no recurrent activation {', '.join(others)}"
        if node.attributes.get_int("input_forget", 0):
            return "input and forget gates are coupled"
        return None

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused for unusual activations and for more than 512 steps."""
        x, weights = node.inputs[0], node.inputs[2]
        shape = None if x is None else dims(x)
        recurrent = None if weights is None else dims(weights)
        if x is None or not is_float(x) or shape is None or recurrent is None:
            return None
        batch_first = bool(node.attributes.get_int("layout", 0))
        steps, batch = shape[1::-1] if batch_first else shape[:2]
        reason = self.refusal(node)
        if reason is not None or steps > MAX_STEPS:
            return Refusal(reason or f"it has {steps} steps; at most {MAX_STEPS} are unrolled")
        names = tuple(node.attributes.get_strings("activations", self.defaults * recurrent[0]))
        count = len(self.defaults)
        results = [
            self._run(
                Direction(node, d, steps, batch, recurrent[2], names[d * count : (d + 1) * count]),
                emit("Transpose", [x], {"perm": [1, 0, 2]}) if batch_first else x,
            )
            for d in range(recurrent[0])
        ]
        outputs = [
            _joined(list(values), 1 if i == 0 else 0) for i, values in enumerate(zip(*results))
        ]
        if batch_first:
            orders = [[2, 0, 1, 3], *([1, 0, 2] for _ in self.states)]
            outputs = [emit("Transpose", [v], {"perm": p}) for v, p in zip(outputs, orders)]
        wanted = zip(outputs, node.outputs)
        return Rewrite(tuple(new if is_read(old) else None for new, old in wanted))

    def _run(self, direction: Direction, x: ir.Value) -> tuple[ir.Value, ...]:
        """(Y [steps, 1, batch, hidden], final states [1, batch, hidden]) of one direction."""
        node = direction.node
        projected = emit("MatMul", [x, direction.weights(1)])
        bias = optional(node, 3)
        if bias is not None:
            projected = emit("Add", [projected, self.bias(direction, direction.part(bias))])
        states = [self._initial(direction, index) for index in self.states]
        lengths = optional(node, 4)
        order = range(direction.steps)
        history: dict[int, ir.Value] = {}
        for t in reversed(order) if direction.reverse else order:
            x_t = emit("Squeeze", [direction.slice(projected, t, t + 1, 0), direction.ints(0)])
            following = self.step(direction, x_t, states)
            visible = following[0]
            if lengths is not None:
                runs = _runs(direction, lengths, t)
                following = [emit("Where", [runs, n, old]) for n, old in zip(following, states)]
                visible = emit("Where", [runs, visible, direction.number(0)])
            states = following
            history[t] = emit("Unsqueeze", [visible, direction.ints(0, 1)])
        y = _joined([history[t] for t in order], 0)
        return (y, *(emit("Unsqueeze", [state, direction.ints(0)]) for state in states))

    def _initial(self, direction: Direction, index: int) -> ir.Value:
        given = optional(direction.node, index)
        if given is None:
            zeros = np.zeros((direction.batch, direction.hidden), np.float32)
            return new_constant(zeros, f"{direction.node.name}_initial")
        if direction.node.attributes.get_int("layout", 0):
            given = emit("Transpose", [given], {"perm": [1, 0, 2]})
        return direction.part(given)


def _joined(values: list[ir.Value], axis: int) -> ir.Value:
    return values[0] if len(values) == 1 else emit("Concat", values, {"axis": axis})


def _runs(direction: Direction, lengths: ir.Value, t: int) -> ir.Value:
    """Whether step `t` is inside of each sequence, [batch, 1]."""
    step = new_constant(np.array(t, np.int32), f"{direction.node.name}_step")
    inside = emit("Less", [step, lengths])
    return emit("Unsqueeze", [inside, direction.ints(1)])


def summed_bias(direction: Direction, bias: ir.Value, gates: int) -> ir.Value:
    """The biases of W and R added."""
    half = gates * direction.hidden
    return emit(
        "Add", [direction.slice(bias, 0, half, 0), direction.slice(bias, half, 2 * half, 0)]
    )
