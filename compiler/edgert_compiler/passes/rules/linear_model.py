"""LinearRegressor and LinearClassifier as a product, and what follows it."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integer, integers, numbers, string
from edgert_compiler.passes import scores as ml
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class LinearRegressor(Rule):
    """A transform comes after the product.

    LinearRegressor{LOGISTIC}(x)   =>   Sigmoid(LinearRegressor(x))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.LinearRegressor"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """None for what has this form; ONNX does not infer its shape, so that is written down."""
        x = ml.features(node.inputs[0])
        transform = string(node, "post_transform", "NONE")
        if x is None:
            return None
        if x is node.inputs[0] and transform == "NONE" and dims(node.outputs[0]) is not None:
            return None
        targets = integer(node, "targets", 1)
        weights = np.array(numbers(node, "coefficients"), np.float32)
        bias = numbers(node, "intercepts")
        if weights.size % targets:
            return None
        y = ml.linear(x, weights.reshape(targets, -1), np.array(bias) if bias else None)
        return Rewrite((ml.post_transform(y, transform, targets),))


class LinearClassifier(Rule):
    """Scores are a LinearRegressor's; the label is the one with the highest score.

        label, y = LinearClassifier{SOFTMAX, labels}(x)
            =>   s = LinearRegressor(x)
                 label = Gather(labels, ArgMax(s))
                 y = Softmax(s)

    One score s for two classes is that of the second: positive where that is chosen.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.LinearClassifier"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the coefficients do not fit."""
        x = ml.features(node.inputs[0])
        labels = np.array(integers(node, "classlabels_ints"), np.int64)
        if x is None or not len(labels):
            return None
        shape = dims(x)
        assert shape is not None
        weights = np.array(numbers(node, "coefficients"), np.float32)
        bias = numbers(node, "intercepts")
        classes = len(bias) or weights.size // shape[1]
        if weights.size != classes * shape[1] or (classes != len(labels) and classes != 1):
            return Refusal("there is not one coefficient for each feature and class")
        s = ml.linear(x, weights.reshape(classes, -1), np.array(bias) if bias else None)
        transform = string(node, "post_transform", "NONE")
        if classes > 1:
            return Rewrite((ml.top_class(s, labels), ml.post_transform(s, transform, classes)))
        if len(labels) != 2:
            label = ml.above(s, 0.0, np.array([0, 1]))
            return Rewrite((label, ml.post_transform(s, transform, 1)))
        label = ml.above(s, 0.0, labels)
        if transform == "LOGISTIC":
            return Rewrite((label, emit("Sigmoid", [ml.opposite(s)])))
        return Rewrite((label, ml.complement(s)))
