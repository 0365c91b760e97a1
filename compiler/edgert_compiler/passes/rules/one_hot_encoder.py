"""OneHotEncoder as comparisons with the categories."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.nodes import integers
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class OneHotEncoder(Rule):
    """A position is hot where its category is the value; for an unknown value none is.

    OneHotEncoder{categories}(x)   =>   Cast(Equal(Unsqueeze(x), categories))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.OneHotEncoder"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused for categories that are strings."""
        x = node.inputs[0]
        if x is None or x.dtype is None:
            return None
        categories = integers(node, "cats_int64s")
        if not categories or x.dtype == ir.DataType.STRING:
            return Refusal("its categories are strings; edgert has none: give the model numbers")
        if x.dtype != ir.DataType.INT64:
            x = emit("Cast", [x], {"to": int(ir.DataType.INT64)})
        axis = new_constant(np.array([-1], np.int64), "axis")
        known = new_constant(np.array(categories, np.int64), "categories")
        hot = emit("Equal", [emit("Unsqueeze", [x, axis]), known])
        return Rewrite((emit("Cast", [hot], {"to": int(ir.DataType.FLOAT)}),))
