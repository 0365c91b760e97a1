"""The plan of a model whose activations have parameters before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.quantization.decide import INT8, decide
from edgert_compiler.quantization.graph import QuantizableNode, operators, range_sources
from edgert_compiler.quantization.plan import (
    PREACTIVATION,
    Decision,
    Precision,
    QuantizationPlan,
)
from edgert_compiler.quantization.prescription import Prescription
from edgert_compiler.quantization.ranges import Ranges, UnquantizableError
from edgert_compiler.quantization.rules import Int8Rules
from edgert_compiler.quantization.sharing import sharing_classes
from edgert_compiler.quantization.tables import with_tables
from edgert_compiler.quantization.weights import not_finite, plan_weights

DYNAMIC = Precision.DYNAMIC


def static_plan(
    model: ir.Model,
    ranges: Ranges,
    prescription: Prescription | None = None,
    rules: Int8Rules | None = None,
    decided: Mapping[str, Decision] | None = None,
) -> QuantizationPlan:
    """Decides what is int8 and gives every int8 value its parameters.

    model: the optimized float graph. prescription: parameters that weights must have, and values
    that are int8 whoever reads them; other weights follow from their numbers. A value that `ranges`
    cannot quantize keeps its readers in float, which changes the decisions, so both repeat until
    they agree. decided: nodes that are not int8 whatever the rest is, by name; dynamic ones get
    weights.
    """
    rules = rules or Int8Rules()
    prescription = Prescription() if prescription is None else prescription
    ops = operators(model, rules.find)
    decided = decided or {}
    blocked = {name: decision.reason for name, decision in decided.items()}
    blocked |= not_finite(op for op in ops if op.product)
    inside: frozenset[ir.Value] = frozenset()
    if rules.tables:
        ops, inside = with_tables(ops, rules.find)
    while True:
        decisions = decide(ops, blocked, model.graph.inputs)
        int8 = [op for op in ops if decisions[op.name] is INT8]
        stored = [_stored(op, rules, inside) for op in int8]
        activations, failures = _activations(int8, stored, range_sources(ops), ranges)
        if not failures:
            break
        blocked.update(failures)
    dynamic = [op for op in ops if op.name in decided and decided[op.name].precision is DYNAMIC]
    planned = plan_weights([*int8, *dynamic], activations, prescription)
    rounded = _stored_values(ops, inside) & prescription.activations.keys()
    given = {name: prescription.activations[name] for name in rounded}
    return QuantizationPlan({**given, **activations}, planned, {**decisions, **decided}, rounded)


def _stored_values(ops: Sequence[QuantizableNode], inside: frozenset[ir.Value]) -> frozenset[str]:
    """The names of all that nodes read, without what is in tables."""
    read = {value for op in ops for value in op.node.inputs if value is not None}
    return frozenset(value.name or "" for value in read - inside)


def _stored(op: QuantizableNode, rules: Int8Rules, inside: frozenset[ir.Value]) -> list[ir.Value]:
    """What must be int8 for the operator to compute in int8."""
    written = () if op.product and rules.products_write_float else op.node.outputs
    return [value for value in (*op.data, *written) if value not in inside]


def _activations(
    int8: Sequence[QuantizableNode],
    stored: Sequence[Sequence[ir.Value]],
    sources: Callable[[ir.Value], list[ir.Value]],
    ranges: Ranges,
) -> tuple[dict[str, QuantParams], dict[str, str]]:
    """Parameters by value name, and reasons by name of nodes that cannot have them.

    stored: the values of each of the operators that get parameters.
    """
    activations: dict[str, QuantParams] = {}
    failures: dict[str, str] = {}
    every = list(dict.fromkeys(value for values in stored for value in values))
    for values in sharing_classes(int8, every):
        names = [value.name or "" for value in values]
        origins = [v.name or "" for value in values for v in sources(value)]
        try:
            params = ranges.params(names, origins)
        except UnquantizableError as reason:
            users = [op.name for op, own in zip(int8, stored) if not set(values).isdisjoint(own)]
            failures |= dict.fromkeys(users, str(reason))
            continue
        activations |= dict.fromkeys(names, params)
    for op in int8:
        name = op.output.name or ""
        if name in activations and op.product and not Activation.of(op.node).is_clamp:
            before = ranges.before_activation(op.node, activations[name])
            if before is not None:
                activations[name + PREACTIVATION] = before
    return activations, failures
