"""FeatureVectorizer as a concatenation."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.passes import scores as ml
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class FeatureVectorizer(Rule):
    """Columns of several inputs side by side, in float32.

    FeatureVectorizer(a, b)   =>   Concat{axis=1}(Cast(a), Cast(b))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.FeatureVectorizer"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible where shapes are known."""
        parts = [ml.features(x) for x in node.inputs]
        if not parts or any(part is None for part in parts):
            return None
        return Rewrite((emit("Concat", parts, {"axis": 1}),))
