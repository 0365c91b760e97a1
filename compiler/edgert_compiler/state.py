"""Declared state: outputs of the model that are inputs of its next run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert._text import did_you_mean
from edgert.errors import CompileError
from edgert_compiler.graph.nodes import shape_of


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
            f"declared: {', '.join(inputs) or 'none'}{did_you_mean(unknown[0], inputs)}"
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
                guess = did_you_mean(name, values)
                raise CompileError(
                    f"{where}: there is no {kind}put '{name}'; {kind}puts: {known}{guess}"
                )
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
    assert value.dtype is not None
    return f"{np.dtype(value.dtype.numpy()).name} {list(shape_of(value))}"
