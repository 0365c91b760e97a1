"""SVMRegressor and SVMClassifier as products, kernel functions and votes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integer, integers, numbers, string
from edgert_compiler.passes import scores as ml
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.kernel_functions import expansion

_SMALLEST = 1e-7  # probability of one class against another


class SVMRegressor(Rule):
    """A weighted sum of kernel functions, or without support vectors of the features.

    Of linear functions the sum is one.

        SVMRegressor{RBF, V, coefficients, rho}(x)
            =>   LinearRegressor{coefficients, rho}(Exp(-gamma |x - V|^2))

    A one-class machine gives the sign of that.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.SVMRegressor"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the attributes do not fit each other."""
        x = ml.features(node.inputs[0])
        if x is None:
            return None
        shape, count = dims(x), integer(node, "n_supports", 0)
        assert shape is not None
        weights = np.array(numbers(node, "coefficients"))
        vectors, rho = np.array(numbers(node, "support_vectors")), numbers(node, "rho")
        if weights.size != (count or shape[1]) or vectors.size != count * shape[1] or not rho:
            return Refusal("its coefficients do not fit its features or support vectors")
        y = expansion(node, x, vectors.reshape(count, -1), weights.reshape(1, -1), rho[:1])
        if integer(node, "one_class", 0):
            inside = emit("Greater", [y, ml.constant_of(0.0)])
            return Rewrite((emit("Where", [inside, ml.constant_of(1), ml.constant_of(-1)]),))
        return Rewrite((ml.post_transform(y, string(node, "post_transform", "NONE"), 1),))


class SVMClassifier(Rule):
    """One machine for each pair of classes; the class with most votes is the label.

        label, y = SVMClassifier(x)
            =>   s = LinearRegressor(kernel function(x))
                 label = Gather(labels, ArgMax(LinearRegressor(s > 0)))
                 y = PairwiseCoupling(Sigmoid(-(a s + b)))

    Without a and b, y is s itself, for two classes -s, s.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.SVMClassifier"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused where the attributes do not fit each other."""
        x = ml.features(node.inputs[0])
        labels = np.array(integers(node, "classlabels_ints"), np.int64)
        if x is None or not len(labels):
            return None
        if not sum(integers(node, "vectors_per_class")):
            return _linear(node, x, labels)
        machines = _machines(node, x, len(labels))
        if isinstance(machines, Refusal):
            return machines
        label = ml.class_labels(_most_votes(machines, len(labels)), labels)
        transform = string(node, "post_transform", "NONE")
        a, b = numbers(node, "prob_a"), numbers(node, "prob_b")
        pairs = len(labels) * (len(labels) - 1) // 2
        if a and not len(a) == len(b) == pairs:
            return Refusal("there is not one prob_a and prob_b for each pair of classes")
        if a:
            y = _probabilities(machines, np.array(a), np.array(b), len(labels))
            return Rewrite((label, ml.post_transform(y, transform, len(labels))))
        if len(labels) > 2:
            return Rewrite((label, ml.post_transform(machines, transform, pairs)))
        if transform == "NONE":
            return Rewrite((label, ml.opposite(machines)))
        if transform == "LOGISTIC":
            return Rewrite((label, emit("Sigmoid", [ml.opposite(machines)])))
        return Rewrite((label, ml.complement(machines)))


def _linear(node: ir.Node, x: ir.Value, labels: np.ndarray) -> Rewrite | Refusal:
    """Without support vectors: one linear score for each class."""
    shape = dims(x)
    assert shape is not None
    weights, rho = np.array(numbers(node, "coefficients")), numbers(node, "rho")
    if len(labels) < 3 or weights.size != len(labels) * shape[1] or not rho:
        return Refusal("without support vectors it needs coefficients for three or more classes")
    s = ml.linear(x, weights.reshape(len(labels), -1), np.full(len(labels), rho[0]))
    transform = string(node, "post_transform", "NONE")
    return Rewrite((ml.top_class(s, labels), ml.post_transform(s, transform, len(labels))))


def _machines(node: ir.Node, x: ir.Value, classes: int) -> ir.Value | Refusal:
    """The decision values [N, pairs]: (0, 1), (0, 2) ... positive for the first class.

    The rows of coefficients [classes - 1, vectors] are those of libsvm: a vector of class i has the
    coefficient against class j in row j - 1 where j > i, else in row j.
    """
    shape, per_class = dims(x), integers(node, "vectors_per_class")
    assert shape is not None
    count, rho = sum(per_class), numbers(node, "rho")
    vectors = np.array(numbers(node, "support_vectors"))
    coefficients = np.array(numbers(node, "coefficients"))
    pairs = list(combinations(range(classes), 2))
    if (
        len(per_class) != classes
        or min(per_class) < 0
        or vectors.size != count * shape[1]
        or coefficients.size != count * (classes - 1)
        or len(rho) < len(pairs)
    ):
        return Refusal("its coefficients do not fit its classes and support vectors")
    coefficients = coefficients.reshape(classes - 1, count)
    ends = np.cumsum(per_class)
    of_class = [slice(end - size, end) for end, size in zip(ends, per_class)]
    weights = np.zeros((len(pairs), count))
    for row, (i, j) in zip(weights, pairs):
        row[of_class[i]] = coefficients[j - 1, of_class[i]]
        row[of_class[j]] = coefficients[i, of_class[j]]
    return expansion(node, x, vectors.reshape(count, -1), weights, rho[: len(pairs)])


def _most_votes(machines: ir.Value, classes: int) -> ir.Value:
    """The class [N] that most machines choose, the first of equals."""
    shape = dims(machines)
    assert shape is not None
    pairs = list(combinations(range(classes), 2))
    weights, bias = np.zeros((classes, len(pairs))), np.zeros(classes)
    for p, (i, j) in enumerate(pairs):
        weights[i, p], weights[j, p] = 1, -1
        bias[j] += 1
    first = emit("Greater", [machines, ml.constant_of(0.0)])
    chosen = ml.typed(emit("Cast", [first], {"to": int(ir.DataType.FLOAT)}), shape)
    votes = ml.linear(chosen, weights, bias)
    return emit("ArgMax", [votes], {"axis": 1, "keepdims": 0})


def _probabilities(machines: ir.Value, a: np.ndarray, b: np.ndarray, classes: int) -> ir.Value:
    shape = dims(machines)
    assert shape is not None
    scaled = emit("Mul", [machines, ml.constant_of(-a, "prob_a")])
    sigmoid = emit("Sigmoid", [emit("Add", [scaled, ml.constant_of(-b, "prob_b")])])
    bounds = [ml.constant_of(_SMALLEST, "min"), ml.constant_of(1 - _SMALLEST, "max")]
    pairs = ml.typed(emit("Clip", [sigmoid, *bounds]), shape)
    return ml.typed(emit(f"{DOMAIN}.PairwiseCoupling", [pairs]), (shape[0], classes))
