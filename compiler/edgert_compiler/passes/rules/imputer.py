"""Imputer as a choice."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.nodes import integer, integers, number, numbers
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

_INTEGERS = frozenset({ir.DataType.INT32, ir.DataType.INT64})


class Imputer(Rule):
    """Missing values, marked by NaN or a number, become a constant of their column.

    Imputer{NaN, values}(x)   =>   Where(IsNaN(x), values, x)
    Imputer{-1, values}(x)    =>   Where(Equal(x, -1), values, x)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.Imputer"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where there are no values."""
        x = node.inputs[0]
        if x is None or x.dtype is None:
            return None
        if x.dtype in _INTEGERS:
            missing = np.array(integer(node, "replaced_value_int64", 0))
            values = np.array(integers(node, "imputed_value_int64s"))
        else:
            missing = np.array(number(node, "replaced_value_float", 0.0))
            values = np.array(numbers(node, "imputed_value_floats"))
        if not values.size:
            return Refusal("it has no values of the type of x")
        dtype = x.dtype.numpy()
        if np.isnan(missing):
            found = emit("IsNaN", [x])
        else:
            found = emit("Equal", [x, new_constant(missing.astype(dtype), "missing")])
        filling = new_constant(values.astype(dtype), "imputed")
        return Rewrite((emit("Where", [found, filling, x]),))
