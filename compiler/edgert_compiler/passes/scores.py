"""What the predictors of ai.onnx.ml have in common: features, post-transforms, labels."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims, is_float

POST_TRANSFORMS = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
"""In the order in which the standard numbers them for TreeEnsemble of opset 5."""


def features(x: ir.Value | None) -> ir.Value | None:
    """x as float32 [rows, features]: what these operators compute with. None: not known yet."""
    shape = dims(x) if x is not None else None
    if x is None or shape is None or x.dtype is None or len(shape) not in (1, 2):
        return None
    if not is_float(x):
        x = typed(emit("Cast", [x], {"to": int(ir.DataType.FLOAT)}), shape)
    if len(shape) == 1:
        x = emit("Reshape", [x, new_constant(np.array([1, -1], np.int64), "rows")])
        return typed(x, (1, *shape))
    return x


def typed(
    value: ir.Value, shape: tuple[int, ...], dtype: ir.DataType = ir.DataType.FLOAT
) -> ir.Value:
    """The value with what ONNX does not infer behind its operator."""
    value.shape, value.type = ir.Shape(shape), ir.TensorType(dtype)
    return value


def constant_of(number: float | list[float] | np.ndarray, name: str = "constant") -> ir.Value:
    """A new float32 constant."""
    return new_constant(np.asarray(number, np.float32), name)


def linear(x: ir.Value, weights: np.ndarray, bias: np.ndarray | None = None) -> ir.Value:
    """x [N, K] times the transpose of weights [M, K], plus bias [M].

    In float at every precision: features of tables have no common range.
    """
    targets = len(weights)
    attributes: dict[str, object] = {
        "coefficients": weights.astype(np.float32).reshape(-1).tolist(),
        "targets": targets,
    }
    if bias is not None:
        attributes["intercepts"] = bias.astype(np.float32).reshape(-1).tolist()
    rows = dims(x)
    assert rows is not None, "features are known"
    return typed(emit("ai.onnx.ml.LinearRegressor", [x], attributes), (rows[0], targets))


def post_transform(scores: ir.Value, name: str, columns: int) -> ir.Value:
    """The scores [rows, columns] after a transform; of a single score there is no softmax."""
    if name == "LOGISTIC":
        return emit("Sigmoid", [scores])
    if name == "PROBIT":
        return _probit(scores)
    if name == "SOFTMAX" and columns > 1:
        return emit("Softmax", [scores], {"axis": 1})
    if name == "SOFTMAX_ZERO" and columns > 1:
        return _softmax_zero(scores)
    return scores


def class_labels(best: ir.Value, labels: np.ndarray) -> ir.Value:
    """int64 labels for the int64 positions `best`."""
    if np.array_equal(labels, np.arange(len(labels))):
        return best
    return emit("Gather", [new_constant(labels.astype(np.int64), "labels"), best], {"axis": 0})


def top_class(scores: ir.Value, labels: np.ndarray) -> ir.Value:
    """The label [rows] of the highest score."""
    return class_labels(emit("ArgMax", [scores], {"axis": 1, "keepdims": 0}), labels)


def above(score: ir.Value, threshold: float, labels: np.ndarray) -> ir.Value:
    """The label [rows]: the second where the one score [rows, 1] is above, else the first."""
    flat = emit("Reshape", [score, new_constant(np.array([-1], np.int64), "flat")])
    positive = emit("Greater", [flat, constant_of(threshold, "threshold")])
    choice = [new_constant(np.array(label, np.int64), "label") for label in (labels[1], labels[0])]
    return emit("Where", [positive, *choice])


def complement(score: ir.Value) -> ir.Value:
    """[1 - s, s] of [s]."""
    return emit("Concat", [emit("Sub", [constant_of(1.0, "one"), score]), score], {"axis": 1})


def opposite(score: ir.Value) -> ir.Value:
    """[-s, s] of [s]."""
    return emit("Concat", [emit("Neg", [score]), score], {"axis": 1})


def _softmax_zero(scores: ir.Value) -> ir.Value:
    """Softmax over the scores that are not 0; a 0 stays 0."""
    axes = new_constant(np.array([1], np.int64), "axes")
    centred = emit("Sub", [scores, emit("ReduceMax", [scores, axes], {"keepdims": 1})])
    occurs = emit("Greater", [emit("Abs", [scores]), constant_of(1e-7, "nothing")])
    kept = emit("Where", [occurs, emit("Exp", [centred]), constant_of(0.0, "zero")])
    return emit("Div", [kept, emit("ReduceSum", [kept, axes], {"keepdims": 1})])


def _probit(scores: ir.Value) -> ir.Value:
    """The normal quantile sqrt(2) erfinv(2 p - 1).

    erfinv by S. Winitzki, "A handy approximation for the error function and its inverse" (2008),
    with a = 0.147, as onnxruntime computes it.
    """
    a = 0.147
    x = emit("Sub", [emit("Mul", [scores, constant_of(2.0, "two")]), constant_of(1.0, "one")])
    one = constant_of(1.0, "one")
    log = emit("Log", [emit("Mul", [emit("Sub", [one, x]), emit("Add", [one, x])])])
    v = emit("Add", [emit("Mul", [log, constant_of(0.5, "half")]), constant_of(2 / (3.14159 * a))])
    inner = emit("Sub", [emit("Mul", [v, v]), emit("Mul", [log, constant_of(1 / a)])])
    magnitude = emit("Sqrt", [emit("Sub", [emit("Sqrt", [inner]), v])])
    negative = emit("Less", [x, constant_of(0.0)])
    signed = emit("Where", [negative, emit("Neg", [magnitude]), magnitude])
    return emit("Mul", [signed, constant_of(float(np.float32(1.41421356)))])
