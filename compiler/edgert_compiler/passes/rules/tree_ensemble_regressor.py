"""TreeEnsembleRegressor as a sum, minimum or maximum over trees."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integer, integers, string
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.trees import (
    REGRESSOR,
    base_values,
    finished,
    tree_features,
    tree_sum,
)

_FINISH = frozenset({"base_values", "base_values_as_tensor", "post_transform"})


class TreeEnsembleRegressor(Rule):
    """Averages, base values and transforms come after the trees.

        TreeEnsembleRegressor{AVERAGE, base_values, LOGISTIC}(x)
            =>   Sigmoid(Add(Div(TreeEnsembleRegressor(x), trees), base_values))

    Integer features become float32 first.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({REGRESSOR})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """None for what has this form; ONNX does not infer its shape, so that is written down."""
        x = tree_features(node.inputs[0])
        aggregate = string(node, "aggregate_function", "SUM")
        if x is None:
            return None
        simple = aggregate != "AVERAGE" and not _FINISH & set(node.attributes)
        if simple and x is node.inputs[0] and dims(node.outputs[0]) is not None:
            return None
        average = aggregate == "AVERAGE"
        kept = [a for name, a in node.attributes.items() if name not in _FINISH]
        if average:
            kept = [a for a in kept if a.name != "aggregate_function"]
        targets = integer(node, "n_targets", 1)
        total = tree_sum(REGRESSOR, x, kept, targets, ir.DataType.FLOAT)
        trees = len(set(integers(node, "nodes_treeids"))) if average else None
        transform = string(node, "post_transform", "NONE")
        return Rewrite((finished(total, trees, base_values(node), transform, targets),))
