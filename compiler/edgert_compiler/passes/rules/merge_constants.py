"""Chains of additions or multiplications by constants."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import constant_operand, dims, is_float, only_use, producer
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class MergeConstants(Rule):
    """Two constants in a row become one.

    x ── Mul(a) ── Mul(b)   =>   x ── Mul(a * b)
    x ── Add(a) ── Add(b)   =>   x ── Add(a + b)
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Add", "Mul"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses constants that broadcast to more elements than either has."""
        outer = constant_operand(node)
        inner_node = producer(outer[0], node.op_type) if outer is not None else None
        if outer is None or inner_node is None or not is_float(node.outputs[0]):
            return None
        inner = constant_operand(inner_node)
        if inner is None:
            return None
        if not only_use(outer[0]):
            return Refusal("the value in between is read elsewhere")
        a, b = inner[1], outer[1]
        with np.errstate(over="ignore"):
            merged = a + b if node.op_type == "Add" else a * b
        if _loses_digits(node.op_type, a, b, merged):
            return Refusal("the constants cancel or overflow: the steps may round on purpose")
        if merged.size > max(a.size, b.size) or 0 in (dims(outer[0]) or ()):
            return Refusal("the merged constant would be larger than both")
        name = f"{inner_node.inputs[inner[2]].name}_merged"  # type: ignore[union-attr]
        return Rewrite((emit(node.op_type, [inner[0], new_constant(merged, name)]),))


def _loses_digits(op: str, a: np.ndarray, b: np.ndarray, merged: np.ndarray) -> bool:
    """Overflow, underflow, or a sum much smaller than its terms."""
    least = 1e-3 * np.maximum(abs(a), abs(b)) if op == "Add" else np.finfo(np.float32).tiny
    return not np.isfinite(merged).all() or bool((np.abs(merged) < least).any())
