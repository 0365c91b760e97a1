"""Declared state, kept in the arena."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.lowering.context import LoweringContext, native_dtype
from edgert_compiler.program.ir import Port, State, Storage, constant_tensor, port_tensor
from edgert_compiler.state import StateBinding


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
