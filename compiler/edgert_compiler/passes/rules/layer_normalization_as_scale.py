"""LayerNormalization from its parts, as Keras computes it."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import dims, other_input, producer
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.moments import (
    Deviation,
    all_read_within,
    inverse_deviation,
    normalized,
)


class LayerNormalizationAsScale(Rule):
    """x * s + (beta - mean * s), where s = gamma / deviation.

    =>   LayerNormalization(x, gamma, beta)
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Add"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses where a value in between is read elsewhere."""
        for value in node.inputs:
            scaled = producer(value, "Mul")
            shift = producer(other_input(node, value) if value is not None else None, "Sub")
            moved = producer(shift.inputs[1], "Mul") if shift is not None else None
            if scaled is None or shift is None or moved is None:
                continue
            for factor in scaled.inputs:
                gain = producer(factor, "Mul")
                found = _gain(gain) if gain is not None else None
                if gain is None or found is None or factor is None:
                    continue
                statistics, gamma = found
                beta = shift.inputs[0]
                if not _fits(statistics, gamma, beta) or factor not in moved.inputs:
                    continue
                if other_input(scaled, factor) is not statistics.x:
                    continue
                if other_input(moved, factor) is not statistics.mean:
                    continue
                inner = {*statistics.nodes, gain, scaled, shift, moved}
                if not all_read_within(inner, node):
                    return Refusal("a value in between is read elsewhere")
                return Rewrite((normalized(statistics, gamma, beta),))
        return None


def _gain(node: ir.Node) -> tuple[Deviation, ir.Value] | None:
    """The statistics and gamma of gamma / deviation."""
    for value in node.inputs:
        found = inverse_deviation(value)
        gamma = other_input(node, value) if value is not None else None
        if found is not None and gamma is not None:
            return found, gamma
    return None


def _fits(found: Deviation, *constants: ir.Value | None) -> bool:
    """Whether these have the shape that is normalized."""
    shape = (dims(found.x) or ())[found.axis :]
    arrays = [array_of(value) for value in constants]
    return all(array is not None and array.shape == shape for array in arrays)
