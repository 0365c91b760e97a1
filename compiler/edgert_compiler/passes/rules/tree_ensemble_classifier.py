"""TreeEnsembleClassifier as a sum over trees, and the class with the highest score."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.nodes import integers, numbers, string
from edgert_compiler.passes import scores as ml
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.trees import (
    REGRESSOR,
    base_values,
    finished,
    tree_features,
    tree_sum,
)


class TreeEnsembleClassifier(Rule):
    """Scores are a TreeEnsembleRegressor's; the label is the one with the highest score.

        label, y = TreeEnsembleClassifier{SOFTMAX, labels}(x)
            =>   s = TreeEnsembleRegressor(x)
                 label = Gather(labels, ArgMax(s))
                 y = Softmax(s)

    Two classes of which the leaves score one only, as exporters write them: that score s is the
    probability of the second class where no weight is negative (then y is 1 - s, s), else its
    margin (then y is -s, s, or the logistic function of that).
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.TreeEnsembleClassifier"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the standard does not say what the scores are."""
        x = tree_features(node.inputs[0])
        if x is None:
            return None
        labels = np.array(integers(node, "classlabels_int64s"), np.int64)
        if not len(labels):
            return Refusal("its labels are strings")
        classes = np.array(integers(node, "class_ids"))
        transform = string(node, "post_transform", "NONE")
        base = base_values(node)
        if len(labels) == 2 and len(classes) and not classes.any():
            if transform == "PROBIT" or (base is not None and len(base) != 1):
                return Refusal("one score for two classes, with a transform that needs two")
            total = finished(_total(node, x, 1), None, base, "NONE", 1)
            return Rewrite(_of_one_score(node, total, labels, transform))
        if base is not None and len(base) != len(labels):
            return Refusal("there is not one base value for each class")
        total = finished(_total(node, x, len(labels)), None, base, "NONE", len(labels))
        label = ml.top_class(total, labels)
        return Rewrite((label, ml.post_transform(total, transform, len(labels))))


def _of_one_score(
    node: ir.Node, score: ir.Value, labels: np.ndarray, transform: str
) -> tuple[ir.Value, ir.Value]:
    probability = bool((_weights(node) >= 0).all())
    label = ml.above(score, 0.5 if probability else 0.0, labels)
    if transform == "LOGISTIC":
        return label, emit("Sigmoid", [ml.opposite(score)])
    return label, ml.complement(score) if probability else ml.opposite(score)


def _weights(node: ir.Node) -> np.ndarray:
    tensor = node.attributes.get("class_weights_as_tensor")
    return tensor.as_tensor().numpy() if tensor else np.array(numbers(node, "class_weights"))


def _total(node: ir.Node, x: ir.Value, targets: int) -> ir.Value:
    attributes = [a for name, a in node.attributes.items() if name.startswith("nodes_")]
    renamed = {f"class_{name}": f"target_{name}" for name in ("treeids", "nodeids", "ids")}
    renamed |= {f"class_{name}": f"target_{name}" for name in ("weights", "weights_as_tensor")}
    for old, new in renamed.items():
        attribute = node.attributes.get(old)
        if attribute is not None:
            attributes.append(ir.Attr(new, attribute.type, attribute.value))
    attributes.append(ir.AttrInt64("n_targets", targets))
    return tree_sum(REGRESSOR, x, attributes, targets, ir.DataType.FLOAT)
