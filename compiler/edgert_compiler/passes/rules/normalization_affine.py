"""Scale and bias behind a normalization."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import constant_operand, dims, only_use, producer
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

_PER_CHANNEL = ("GroupNormalization", "InstanceNormalization")


class NormalizationAffine(Rule):
    """A normalization takes the constants that its result is multiplied with or added to.

    LayerNormalization(x, s, b) * g   =>   LayerNormalization(x, s * g, b * g)
    LayerNormalization(x, s, b) + c   =>   LayerNormalization(x, s, b + c)

    Likewise GroupNormalization and InstanceNormalization, whose scales are one per channel.
    """

    stage = Stage.SIMPLIFY
    ops = frozenset({"Mul", "Add"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Only constants that have, or broadcast to, the shape of the scale."""
        found = constant_operand(node)
        inner = (
            producer(found[0], "LayerNormalization", *_PER_CHANNEL) if found is not None else None
        )
        scale = array_of(inner.inputs[1]) if inner is not None else None
        if found is None or inner is None or scale is None:
            return None
        bias = optional(inner, 2)
        shift = np.zeros(1, np.float32) if bias is None else array_of(bias)
        constant = _like_scale(found[1], inner, scale)
        if shift is None or constant is None:
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
        return Rewrite((emit(inner.op_type, inputs, dict(inner.attributes)),))


def _like_scale(constant: np.ndarray, inner: ir.Node, scale: np.ndarray) -> np.ndarray | None:
    """The constant in a shape that broadcasts to the scale's; None where it has more numbers."""
    shape = dims(inner.outputs[0])
    if shape is None or constant.ndim > len(shape):
        return None
    aligned = constant[(np.newaxis,) * (len(shape) - constant.ndim)]
    first = 1 if inner.op_type in _PER_CHANNEL else len(shape) - scale.ndim
    last = 2 if inner.op_type in _PER_CHANNEL else len(shape)
    own = aligned.shape[first:last]
    return aligned.reshape(own) if aligned.size == np.prod(own, dtype=int) else None
