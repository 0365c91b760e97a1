"""GlobalLpPool as a norm."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims, is_float
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer


class GlobalLpPool(Rule):
    """The norm over all positions of a channel.

    GlobalLpPool{p=2}(x[N, C, H, W])   =>   ReduceL2{keepdims=1}(x, [2, 3])
    GlobalLpPool{p}(x)                 =>   Pow(ReduceSum(Pow(Abs(x), p)), 1 / p)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"GlobalLpPool"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """For float32 of known shape."""
        x = node.inputs[0]
        shape = None if x is None else dims(x)
        if x is None or shape is None or not is_float(x):
            return None
        make = Composer(node)
        axes = range(2, len(shape))
        p = node.attributes.get_int("p", 2)
        if p in (1, 2):
            return Rewrite((make.reduce(f"ReduceL{p}", x, axes, keep=True),))
        exponent = make.constant(np.array(p, np.float32), "exponent")
        powers = emit("Pow", [emit("Abs", [x]), exponent])
        total = make.reduce("ReduceSum", powers, axes, keep=True)
        return Rewrite((make.float32("Pow", total, 1 / p),))
