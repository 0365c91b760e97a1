"""Binarizer as a comparison."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.nodes import number
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class Binarizer(Rule):
    """1 above a threshold, else 0.

    Binarizer{t}(x)   =>   Cast(Greater(x, t))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.Binarizer"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible. An integer is above t where it is above the integer part of t."""
        x = node.inputs[0]
        if x is None or x.dtype is None:
            return None
        threshold = np.array(number(node, "threshold", 0.0))
        dtype = x.dtype.numpy()
        rounded = np.floor(threshold) if np.issubdtype(dtype, np.integer) else threshold
        above = emit("Greater", [x, new_constant(rounded.astype(dtype), "threshold")])
        return Rewrite((emit("Cast", [above], {"to": int(x.dtype)}),))
