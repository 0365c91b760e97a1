"""Sum, Max, Min and Mean over several operands as chains of binary operators."""

from __future__ import annotations

import functools

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.passes.base import Rewrite, Rule, Stage

_BINARY = {"Sum": "Add", "Mean": "Add", "Max": "Max", "Min": "Min"}


class Variadic(Rule):
    """The elementwise operators of any number of operands become chains of two.

    Sum(a, b, c)   =>   Add(Add(a, b), c)
    Mean(a, b)     =>   Mul(Add(a, b), 0.5)
    Sum(a)         =>   Identity(a)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset(_BINARY)

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible for float32; integers too, except the mean."""
        operands = list(node.inputs)
        binary = _BINARY[node.op_type]
        if len(operands) == 2 and binary == node.op_type:
            return None
        if len(operands) == 1:
            return Rewrite((emit("Identity", operands),))
        result = functools.reduce(lambda a, b: emit(binary, [a, b]), operands)
        if node.op_type == "Mean":
            dtype = node.outputs[0].dtype or ir.DataType.FLOAT
            share = np.array(1 / len(operands), dtype.numpy())
            result = emit("Mul", [result, new_constant(share, f"{node.name}_share")])
        return Rewrite((result,))
