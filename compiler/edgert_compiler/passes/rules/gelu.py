"""Gelu from its parts."""

from __future__ import annotations

import math

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import (
    constant_factor,
    constant_operand,
    only_use,
    producer,
    scalar,
)
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class GeluFromParts(Rule):
    """x * 0.5 * (1 + erf(x / sqrt 2)), multiplied in any order.

        x ─┬─ Mul(0.7071) ── Erf ── Add(1) ── Mul ── Mul(0.5)   =>   x ── Gelu
           └───────────────────────────────────┘

    (Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.)
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Mul"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where a value in between is read elsewhere."""
        factors, between = _factors(node)
        gates = [value for value in factors if producer(value, "Add") is not None]
        numbers = [number for value in factors if (number := scalar(value)) is not None]
        if len(factors) != 3 or len(numbers) != 1 or not math.isclose(numbers[0], 0.5):
            return None
        for gate in gates:
            x, inner = _erf_argument(gate)
            if x is None or not any(value is x for value in factors):
                continue
            if not all(only_use(value) for value in (*between, gate, *inner)):
                return Refusal("a value in between is read elsewhere")
            return Rewrite((emit("Gelu", [x]),))
        return None


def _factors(node: ir.Node) -> tuple[list[ir.Value], list[ir.Value]]:
    """The three operands of two nested Muls, and the value between them."""
    for index, value in enumerate(node.inputs):
        inner = producer(value, "Mul")
        other = node.inputs[1 - index]
        if inner is None or value is None or other is None:
            continue
        operands = [v for v in (other, *inner.inputs) if v is not None]
        if any(scalar(v) is not None for v in operands):
            return operands, [value]
    return [], []


def _erf_argument(gate: ir.Value) -> tuple[ir.Value | None, list[ir.Value]]:
    """For 1 + erf(x / sqrt 2): x and the values in between."""
    add = producer(gate, "Add")
    one = constant_operand(add) if add is not None else None
    erf = producer(one[0], "Erf") if one is not None else None
    if add is None or one is None or erf is None or scalar(add.inputs[one[2]]) != 1:
        return None, []
    scaled = erf.inputs[0]
    found = constant_factor(producer(scaled))
    if found is None or scaled is None or found[1].size != 1:
        return None, []
    if not math.isclose(found[1].reshape(-1)[0], math.sqrt(0.5), rel_tol=1e-4):
        return None, []
    return found[0], [one[0], scaled]
