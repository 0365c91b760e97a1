"""LpPool as an average of powers."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import is_float
from edgert_compiler.graph.nodes import integers
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class LpPool(Rule):
    """An average that counts padding, times the taps, is a sum.

    LpPool{p, k}(x)   =>   (AveragePool{k}(|x|^p) * taps)^(1/p)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"LpPool"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """For float32. Refused with ceil_mode: windows beyond the padding have fewer taps."""
        x = node.inputs[0]
        if x is None or not is_float(x):
            return None
        if node.attributes.get_int("ceil_mode", 0):
            return Refusal("with ceil_mode, windows differ in their number of taps")
        p = node.attributes.get_int("p", 2)
        window: dict[str, object] = {k: v for k, v in node.attributes.items() if k != "p"}
        raised = _power(node, emit("Abs", [x]), float(p))
        mean = emit("AveragePool", [raised], {**window, "count_include_pad": 1})
        taps = np.array(math.prod(integers(node, "kernel_shape")), np.float32)
        total = emit("Mul", [mean, new_constant(taps, f"{node.name}_taps")])
        return Rewrite((_power(node, total, 1 / p),))


def _power(node: ir.Node, x: ir.Value, exponent: float) -> ir.Value:
    value = new_constant(np.array(exponent, np.float32), f"{node.name}_exponent")
    return emit("Pow", [x, value])
