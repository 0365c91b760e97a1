"""Fuses activations into the arithmetic before them.

ADD ── RELU ── y     =>     ADD{fused_activation_function: RELU} ── y
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from edgert_compiler.importer.tflite.schema import member
from edgert_targets.tflite.compiler.graph import Graph, Operator, Tensor

_ARITHMETIC = frozenset({"ADD", "DIV", "MUL", "SUB"})
_ACTIVATIONS = frozenset({"RELU", "RELU6", "RELU_N1_TO_1"})
_FIELD = "fused_activation_function"


def fuse_activations(graph: Graph) -> Graph:
    """The graph in which arithmetic that only an activation reads computes it, too."""
    uses = Counter(t for op in graph.operators for t in op.inputs if t is not None)
    uses.update(port.tensor for port in graph.outputs)
    producers = {op.outputs[0]: op for op in graph.operators}
    replaced: dict[Operator, Operator | None] = {}
    for operator in graph.operators:
        before = _arithmetic_before(operator, producers, uses)
        if before is not None:
            replaced[before] = _with_activation(before, operator)
            replaced[operator] = None
    return replace(graph, operators=_applied(graph.operators, replaced))


def _arithmetic_before(
    operator: Operator, producers: dict[Tensor, Operator], uses: Counter[Tensor]
) -> Operator | None:
    x = operator.inputs[0] if operator.code in _ACTIVATIONS else None
    before = producers.get(x) if x is not None and uses[x] == 1 else None
    if before is None or before.code not in _ARITHMETIC or before.options is None:
        return None
    fusable = operator.outputs[0].dtype in ("float32", "int8") and (
        before.code != "DIV" or operator.outputs[0].params is None
    )
    return before if fusable and not before.options[1].get(_FIELD) else None


def _with_activation(before: Operator, activation: Operator) -> Operator:
    assert before.options is not None
    table, fields = before.options
    code = member("ActivationFunctionType", activation.code)
    return replace(before, outputs=activation.outputs, options=(table, {**fields, _FIELD: code}))


def _applied(
    operators: Sequence[Operator], replaced: dict[Operator, Operator | None]
) -> list[Operator]:
    found = (replaced.get(operator, operator) for operator in operators)
    return [operator for operator in found if operator is not None]
