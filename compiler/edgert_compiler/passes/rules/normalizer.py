"""Normalizer as a division by a norm."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import string
from edgert_compiler.passes import scores as ml
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

_NORMS = {"MAX": "ReduceMax", "L1": "ReduceL1", "L2": "ReduceL2"}


class Normalizer(Rule):
    """Rows whose norm is 0 stay.

    Normalizer{norm}(x)   =>   norm = ReduceL2(x)
                               x / Where(norm == 0, 1, norm)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.Normalizer"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """For the norms of the standard."""
        x = ml.features(node.inputs[0])
        if x is None:
            return None
        norm = _NORMS.get(string(node, "norm", "MAX"))
        if norm is None:
            return Refusal("it has another norm than MAX, L1 and L2")
        axes = new_constant(np.array([1], np.int64), "axes")
        size = emit(norm, [x, axes], {"keepdims": 1})
        empty = emit("Equal", [size, ml.constant_of(0.0, "zero")])
        y = emit("Div", [x, emit("Where", [empty, ml.constant_of(1.0, "one"), size])])
        shape = dims(node.inputs[0]) if node.inputs[0] is not None else None
        if shape is not None and len(shape) == 1:
            y = emit("Reshape", [y, new_constant(np.array(shape, np.int64), "shape")])
        return Rewrite((y,))
