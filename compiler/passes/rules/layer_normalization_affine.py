"""Scale and bias behind LayerNormalization."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert.compiler.nodes import array_of, optional
from edgert.compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert.compiler.passes.graph import constant_operand, emit, new_constant, only_use, producer


class LayerNormalizationAffine(Rule):
    """LayerNormalization takes the constants that its result is multiplied with or added to.

    LayerNormalization(x, s, b) * g   =>   LayerNormalization(x, s * g, b * g)
    LayerNormalization(x, s, b) + c   =>   LayerNormalization(x, s, b + c)
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Mul", "Add"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Only constants of the shape that is normalized, or that broadcast to it."""
        found = constant_operand(node)
        inner = producer(found[0], "LayerNormalization") if found is not None else None
        if found is None or inner is None:
            return None
        scale, bias = array_of(inner.inputs[1]), optional(inner, 2)
        shift = np.zeros(1, np.float32) if bias is None else array_of(bias)
        if scale is None or shift is None:
            return None
        constant = found[1].reshape(_without_leading_ones(found[1].shape, scale.ndim))
        if constant.ndim > scale.ndim or np.broadcast(constant, scale).shape != scale.shape:
            return None
        if not only_use(found[0]):
            return Refusal("the normalized values are read elsewhere")
        inputs = [inner.inputs[0], inner.inputs[1], bias]
        if node.op_type == "Mul":
            inputs[1] = new_constant(scale * constant, f"{node.name}_scale")
            shift = shift * constant
        else:
            shift = shift + constant
        if bias is not None or node.op_type == "Add":
            inputs[2] = new_constant(np.broadcast_to(shift, scale.shape), f"{node.name}_bias")
        return Rewrite((emit("LayerNormalization", inputs, dict(inner.attributes)),))


def _without_leading_ones(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    extra = max(0, len(shape) - rank)
    return shape[extra:] if all(dim == 1 for dim in shape[:extra]) else shape
