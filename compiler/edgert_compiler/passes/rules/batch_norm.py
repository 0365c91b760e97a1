"""BatchNormalization as multiplication and addition."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.graph.nodes import array_of
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class BatchNorm(Rule):
    """Inference-mode normalization is affine per channel; products then absorb both steps.

        x ── BatchNormalization   =>   x ── Mul(s[C, 1, 1]) ── Add(t[C, 1, 1])

    with ``s = gamma / sqrt(variance + epsilon)`` and ``t = beta - mean * s`` (Ioffe and Szegedy,
    Batch Normalization, 2015, algorithm 2).
    """

    stage = Stage.ABSORB
    ops = frozenset({"BatchNormalization"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses training mode and statistics that are computed or read."""
        x = node.inputs[0]
        shape = dims(x) if x is not None else None
        if x is None or shape is None or not is_float(x):
            return None
        statistics = [array_of(value) for value in node.inputs[1:5]]
        if node.attributes.get_int("training_mode", 0):
            return Refusal("it is in training mode")
        if any(array is None for array in statistics):
            return Refusal("its statistics are not constant")
        if node.attributes.get_int("spatial", 1) != 1:
            return Refusal("it has statistics per element")
        if any(v.uses() or v.is_graph_output() for v in node.outputs[1:]):
            return Refusal("its statistics are read")
        gamma, beta, mean, variance = (a.astype(np.float64) for a in statistics if a is not None)
        scale = gamma / np.sqrt(variance + node.attributes.get_float("epsilon", 1e-5))
        shift = beta - mean * scale
        spread = (-1, *(1,) * (len(shape) - 2))
        factors, terms = (a.astype(np.float32).reshape(spread) for a in (scale, shift))
        scaled = emit("Mul", [x, new_constant(factors, f"{node.name}_scale")])
        shifted = emit("Add", [scaled, new_constant(terms, f"{node.name}_shift")])
        return Rewrite((shifted, *(None for _ in node.outputs[1:])))
