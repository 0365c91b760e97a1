"""onnxruntime's spellings of Gelu."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import op_id
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.compose import Composer

_FORMS = {
    "com.microsoft.Gelu": "none",
    "com.microsoft.BiasGelu": "none",
    "com.microsoft.FastGelu": "tanh",
}


class ContribGelu(Rule):
    """Gelu of a sum, exact or by tanh; by a sigmoid where that is what it is named after.

    com.microsoft.BiasGelu(x, b)       =>   Gelu(Add(x, b))
    com.microsoft.FastGelu(x, b)       =>   Gelu{tanh}(Add(x, b))
    com.microsoft.QuickGelu{alpha}(x)  =>   Mul(x, Sigmoid(Mul(x, alpha)))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({*_FORMS, "com.microsoft.QuickGelu"})

    def apply(self, node: ir.Node) -> Rewrite:
        """Always."""
        x, bias = node.inputs[0], optional(node, 1)
        assert x is not None
        if op_id(node) not in _FORMS:
            scaled = Composer(node).float32("Mul", x, node.attributes.get_float("alpha", 1.702))
            return Rewrite((emit("Mul", [x, emit("Sigmoid", [scaled])]),))
        whole = x if bias is None else emit("Add", [x, bias])
        return Rewrite((emit("Gelu", [whole], {"approximate": _FORMS[op_id(node)]}),))
