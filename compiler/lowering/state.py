"""Declared state: outputs of the model that are inputs of its next run, kept in the arena."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert.compiler.lowering.context import LoweringContext, native_dtype
from edgert.compiler.nodes import shape_of
from edgert.compiler.program.ir import (
    Port,
    State,
    Storage,
    constant_tensor,
    port_tensor,
)
from edgert.errors import CompileError


@dataclass(frozen=True, eq=False)
class StateBinding:
    """What `output` gives in one run, `input` reads in the next; `initial` in the first.

    `initial` has the input's shape and type; None is zeros.
    """

    output: str
    input: str
    initial: np.ndarray | None = None


def state_bindings(
    state: Mapping[str, str], initial: Mapping[str, np.ndarray] | None = None
) -> tuple[StateBinding, ...]:
    """Bindings from {output: input} and {input: first value}. Raises CompileError."""
    inputs = list(state.values())
    twice = sorted({name for name in inputs if inputs.count(name) > 1})
    if twice:
        raise CompileError(f"--state: several outputs are kept for the input '{twice[0]}'")
    values = dict(initial or {})
    unknown = sorted(set(values) - set(inputs))
    if unknown:
        raise CompileError(
            f"--initial-state names '{unknown[0]}', which is no declared state; "
            f"declared: {', '.join(inputs) or 'none'}"
        )
    return tuple(StateBinding(out, into, values.get(into)) for out, into in state.items())


def check_states(graph: ir.Graph, bindings: Sequence[StateBinding]) -> None:
    """Raises CompileError where a binding does not fit the model."""
    inputs = {str(value.name): value for value in graph.inputs}
    outputs = {str(value.name): value for value in graph.outputs}
    for binding in bindings:
        where = f"--state {binding.output}:{binding.input}"
        for name, values, kind in ((binding.output, outputs, "out"), (binding.input, inputs, "in")):
            if name not in values:
                known = ", ".join(values) or "none"
                raise CompileError(f"{where}: there is no {kind}put '{name}'; {kind}puts: {known}")
        output, source = outputs[binding.output], inputs[binding.input]
        if _described(output) != _described(source):
            raise CompileError(
                f"{where}: the output is {_described(output)}, the input {_described(source)}; "
                "a state has the same shape and type at both ends"
            )
        if 0 in shape_of(source):
            raise CompileError(f"{where}: a state has at least one element")
        _check_initial(source, binding.initial)


def _check_initial(source: ir.Value, initial: np.ndarray | None) -> None:
    if initial is None:
        return
    given = f"{initial.dtype.name} {list(initial.shape)}"
    if given != _described(source):
        raise CompileError(
            f"--initial-state {source.name}: the array is {given}, the input {_described(source)}"
        )


def _described(value: ir.Value) -> str:
    return f"{native_dtype(value).numpy.name} {list(shape_of(value))}"


class StateLowering:
    """The states of one graph while it is lowered."""

    def __init__(
        self, graph: ir.Graph, bindings: Sequence[StateBinding], context: LoweringContext
    ) -> None:
        """Lets the inputs that are states read the arena."""
        inputs = {value.name: value for value in graph.inputs}
        outputs = {value.name: value for value in graph.outputs}
        self.context = context
        self.inputs = [inputs[binding.input] for binding in bindings]
        self.outputs = [outputs[binding.output] for binding in bindings]
        self.states = tuple(map(_state, self.inputs, bindings))
        self.tensors = [
            port_tensor(Storage.STATE, port.dtype, port.shape, index, port.name)
            for index, port in enumerate(state.port for state in self.states)
        ]
        for value, tensor in zip(self.inputs, self.tensors):
            context.bind(value, tensor)

    def store(self) -> None:
        """Keeps the outputs that are states, once nothing is left to read what was kept before.

        An output that is a view of a state is copied before any state changes.
        """
        sources = []
        for value in self.outputs:
            self.context.begin_output(value)
            source = self.context.best(value)
            view = source.buffer.storage == Storage.STATE
            sources.append(self.context.copy(source) if view else source)
        for value, source, target in zip(self.outputs, sources, self.tensors):
            self.context.begin_output(value)
            self.context.convert(source, target)


def _state(value: ir.Value, binding: StateBinding) -> State:
    port = Port(binding.input, native_dtype(value), shape_of(value))
    initial = None if binding.initial is None else constant_tensor(binding.initial).buffer
    return State(port, binding.output, initial)
