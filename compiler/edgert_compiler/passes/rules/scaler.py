"""Scaler of ai.onnx.ml."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import is_float
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class Scaler(Rule):
    """Standardization of features, as scikit-learn exports it.

        Scaler{offset, scale}(x)   =>   Mul(Sub(x, offset), scale)

    Integer features become float32 first.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.Scaler"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible."""
        x = node.inputs[0]
        if x is None or x.dtype is None:
            return None
        if not is_float(x):
            x = emit("Cast", [x], {"to": int(ir.DataType.FLOAT)})
        offset = np.array(node.attributes.get_floats("offset", (0.0,)), np.float32)
        scale = np.array(node.attributes.get_floats("scale", (1.0,)), np.float32)
        centred = emit("Sub", [x, new_constant(offset, f"{node.name}_offset")])
        return Rewrite((emit("Mul", [centred, new_constant(scale, f"{node.name}_scale")]),))
