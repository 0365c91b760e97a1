"""HardSwish from its parts."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import constant_factor, only_use, other_input, producer
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.rules.hard_sigmoid import shifted_clip


class HardSwishFromParts(Rule):
    """x * HardSigmoid(x) with slope 1/6 in the spellings of the exporters.

        x ─┬─ HardSigmoid{1/6, 0.5} ── Mul
           └────────────────────────────┘           =>   x ── HardSwish
        x ─┬─ Add(3) ── Clip(0, 6) ── Mul ── Mul(1/6)
           └────────────────────────────┘

    (Howard et al., Searching for MobileNetV3, 2019, section 5.2.)
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Mul", "Div"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where a value in between is read elsewhere."""
        if node.op_type == "Div":
            found = _scaled_last(node)
        else:
            found = _of_hard_sigmoid(node) or _scaled_last(node) or _scaled_first(node)
        if found is None:
            return None
        x, between = found
        if not all(only_use(value) for value in between):
            return Refusal("a value in between is read elsewhere")
        return Rewrite((emit("HardSwish", [x]),))


def _of_hard_sigmoid(node: ir.Node) -> tuple[ir.Value, list[ir.Value]] | None:
    for gate in node.inputs:
        source = producer(gate, "HardSigmoid")
        if gate is None or source is None or other_input(node, gate) is not source.inputs[0]:
            continue
        alpha = source.attributes.get_float("alpha", 0.2)
        beta = source.attributes.get_float("beta", 0.5)
        x = source.inputs[0]
        if x is not None and np.isclose(alpha, 1 / 6, rtol=1e-5) and np.isclose(beta, 0.5):
            return x, [gate]
    return None


def _gated(node: ir.Node | None) -> tuple[ir.Value, list[ir.Value]] | None:
    """x * Clip(x + 3, 0, 6)."""
    parts = shifted_clip(node) if node is not None and node.op_type == "Mul" else None
    if node is None or parts is None or parts[1:3] != (3.0, 6.0):
        return None
    return (parts[0], [parts[3]]) if other_input(node, parts[3]) is parts[0] else None


def _sixth_of(node: ir.Node | None) -> ir.Value | None:
    """x of x * 1/6 or x / 6."""
    found = constant_factor(node)
    if found is None or found[1].size != 1 or not np.isclose(found[1], 1 / 6, rtol=1e-5).all():
        return None
    return found[0]


def _scaled_last(node: ir.Node) -> tuple[ir.Value, list[ir.Value]] | None:
    """(x * Clip(x + 3, 0, 6)) * 1/6."""
    whole = _sixth_of(node)
    gated = _gated(producer(whole, "Mul"))
    if whole is None or gated is None:
        return None
    return gated[0], [*gated[1], whole]


def _scaled_first(node: ir.Node) -> tuple[ir.Value, list[ir.Value]] | None:
    """(x * 1/6) * Clip(x + 3, 0, 6)."""
    parts = shifted_clip(node)
    if parts is None or parts[1:3] != (3.0, 6.0):
        return None
    other = other_input(node, parts[3])
    if other is None or _sixth_of(producer(other)) is not parts[0]:
        return None
    return parts[0], [parts[3], other]
