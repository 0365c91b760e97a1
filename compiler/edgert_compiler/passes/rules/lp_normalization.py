"""LpNormalization as a division by a norm."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import is_float
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class LpNormalization(Rule):
    """Vectors of length 0 stay 0.

    LpNormalization{p, axis}(x)   =>   norm = ReduceLp(x)
                                       Where(norm == 0, 0, x / norm)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"LpNormalization"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """For float32."""
        x = node.inputs[0]
        if x is None or not is_float(x):
            return None
        p = int(node.attributes.get_int("p", 2))
        axis = int(node.attributes.get_int("axis", -1))
        axes = new_constant(np.array([axis], np.int64), f"{node.name}_axes")
        zero = new_constant(np.array(0, np.float32), f"{node.name}_zero")
        norm = emit(f"ReduceL{p}", [x, axes], {"keepdims": 1})
        divided = emit("Div", [x, norm])
        return Rewrite((emit("Where", [emit("Equal", [norm, zero]), zero, divided]),))
