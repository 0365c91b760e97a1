"""Multiplication and addition before a product."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.fused import FUSED_CONV_TRANSPOSE, FUSED_GEMM, PRODUCTS
from edgert_compiler.graph.matching import (
    constant_factor,
    constant_operand,
    dims,
    only_use,
    op_id,
    producer,
)
from edgert_compiler.graph.nodes import integers
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.products import (
    channel_axis,
    per_channel,
    scale_inputs,
    shifted_bias,
    with_weights,
)

# Quantized together, inputs whose ranges differ more than this keep less than half of their 8 bits.
_LARGEST_SPREAD = 16.0


class AffineBeforeProduct(Rule):
    """A constant factor or term per input channel goes into weights or bias.

    x ── Mul(s[C, 1, 1]) ── edgert.Conv(W, B)   =>   x ── edgert.Conv(W * s, B)
    x ── Add(t[C, 1, 1]) ── edgert.Conv(W, B)   =>   x ── edgert.Conv(W, B + sum W * t)
    """

    stage = Stage.ABSORB
    ops = frozenset(PRODUCTS)

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses a term before zero padding, which would have to be padded with -t instead.

        And factors that bring features of very different size to one scale, where a matrix product
        reads the model's input: in int8 it needs them so, and quantizing applies them at no cost.
        """
        y = node.inputs[0]
        step = producer(y, "Mul", "Div", "Add")
        if y is None or step is None:
            return None
        found = constant_operand(step) if step.op_type == "Add" else constant_factor(step)
        if found is None:
            return None
        x, array = found[:2]
        axis = channel_axis(node)
        values = per_channel(array, y, axis)
        if values is None or dims(x) != dims(y):
            return Refusal("the constant varies within a channel")
        if not only_use(y):
            return Refusal("the value in between is read elsewhere")
        if step.op_type != "Add":
            features = op_id(node) == FUSED_GEMM and _is_graph_input(x)
            if features and _spread(values) > _LARGEST_SPREAD:
                return Refusal("the factors bring the model's inputs to one scale")
            return Rewrite((with_weights(node, scale_inputs(node, values), x=x),))
        if any(integers(node, "pads")) or op_id(node) == FUSED_CONV_TRANSPOSE:
            return Refusal("the borders do not see the added term")
        return Rewrite((with_weights(node, bias=shifted_bias(node, values), x=x),))


def _spread(factors: np.ndarray) -> float:
    """How many times the largest is the smallest, signs and zeros aside."""
    sizes = np.abs(factors[factors != 0])
    return float(sizes.max() / sizes.min()) if sizes.size else 1.0


def _is_graph_input(value: ir.Value) -> bool:
    """Whether it is a graph input, at most shifted."""
    shift = producer(value, "Add")
    found = None if shift is None else constant_operand(shift)
    return (value if found is None else found[0]).is_graph_input()
