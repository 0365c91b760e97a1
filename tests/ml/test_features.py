"""Encoders, scalers, linear models and support vector machines, node by node."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert

from .models import check, ml_node, model, reference, run

FLOAT, INT64, STRING = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING
RNG = np.random.default_rng(4)
X = RNG.standard_normal((9, 3)).astype(np.float32)


@pytest.mark.parametrize("norm", ["MAX", "L1", "L2"])
def test_normalizer_keeps_empty_rows(norm):
    x = np.concatenate([np.abs(X), np.zeros((1, 3), np.float32)])
    check(model([ml_node("Normalizer", ["x"], ["y"], norm=norm)], {"x": x}, {"y": FLOAT}), {"x": x})


@pytest.mark.parametrize("missing", [np.nan, -1.0])
@pytest.mark.parametrize("values", [[0.5], [0.5, 1.5, 2.5]])
def test_imputer(missing, values):
    x = X.copy()
    x[::2, 1] = missing
    node = ml_node("Imputer", ["x"], ["y"], imputed_value_floats=values,
                   replaced_value_float=float(missing))  # fmt: skip
    check(model([node], {"x": x}, {"y": FLOAT}), {"x": x})


def test_imputer_of_integers():
    x = np.array([[1, 0, 3], [0, 0, 7]], np.int64)
    node = ml_node("Imputer", ["x"], ["y"], imputed_value_int64s=[9, 8, 7], replaced_value_int64=0)
    check(model([node], {"x": x}, {"y": INT64}), {"x": x})


@pytest.mark.parametrize("dtype", [np.int64, np.float32])
def test_one_hot_encoder_of_unknown_values(dtype):
    x = np.array([[1, 5], [0, 7], [5, 2]]).astype(dtype)
    node = ml_node("OneHotEncoder", ["x"], ["y"], cats_int64s=[5, 0, 1], zeros=1)
    proto = model([node], {"x": x}, {"y": FLOAT})
    proto.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", FLOAT, [None] * 3))
    check(proto, {"x": x})


TABLES = {
    "range of integers": {"keys_int64s": [3, 4, 5], "values_floats": [0.5, 1.5, 2.5]},
    "integers": {"keys_int64s": [3, 9, -4], "values_int64s": [1, 2, 3], "default_int64": 7},
    "floats": {"keys_floats": [0.5, np.nan, 2.0], "values_int64s": [1, 2, 3]},
    "to floats": {"keys_floats": [0.5, 9.0], "values_floats": [1.0, 2.0], "default_float": 4.0},
}


@pytest.mark.parametrize("name", TABLES)
def test_label_encoder(name):
    table = TABLES[name]
    known = np.array(table.get("keys_int64s", table.get("keys_floats")))
    dtype = np.int64 if "keys_int64s" in table else np.float32
    x = np.concatenate([known, [6, -1]]).astype(dtype)[:, None]
    node = ml_node("LabelEncoder", ["x"], ["y"], **table)
    output = INT64 if "values_int64s" in table else FLOAT
    check(model([node], {"x": x}, {"y": output}, opset=4), {"x": x})


def test_label_encoder_with_tensors():
    x = np.array([[4], [2], [8]], np.int64)
    node = ml_node(
        "LabelEncoder", ["x"], ["y"],
        keys_tensor=numpy_helper.from_array(np.array([2, 4])),
        values_tensor=numpy_helper.from_array(np.array([0.5, 1.5], np.float32)),
        default_tensor=numpy_helper.from_array(np.array([-3], np.float32)),
    )  # fmt: skip
    check(model([node], {"x": x}, {"y": FLOAT}, opset=4), {"x": x})


def test_names_between_encoders():
    """Integers to names and back: the names are positions in between."""
    x = np.array([[4], [2], [8], [5]], np.int64)
    nodes = [
        ml_node("LabelEncoder", ["x"], ["name"], keys_int64s=[2, 4, 8],
                values_strings=["two", "four", "eight"], default_string="other"),
        ml_node("LabelEncoder", ["name"], ["y"], keys_strings=["eight", "other", "two"],
                values_int64s=[80, 99, 20], default_int64=-5),
    ]  # fmt: skip
    check(model(nodes, {"x": x}, {"y": INT64}), {"x": x})


@pytest.mark.parametrize("op", ["LabelEncoder", "CategoryMapper"])
def test_integers_that_become_names(op):
    x = np.array([[4], [2], [3]], np.int64)
    names = {
        "LabelEncoder": {"keys_int64s": [2, 4], "values_strings": ["two", "four"]},
        "CategoryMapper": {"cats_int64s": [2, 4], "cats_strings": ["two", "four"]},
    }
    node = ml_node(op, ["x"], ["y"], default_string="other", **names[op])
    proto = model([node], {"x": x}, {"y": STRING}, opset=2)
    session = edgert.InferenceSession(edgert.compile(proto, precision="fp32").bundle)
    output = session.run(None, {"x": x})[0]
    assert [session.labels[i] for i in output[:, 0]] == ["four", "two", "other"]


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "SOFTMAX"])
@pytest.mark.parametrize("classes", [1, 3])
def test_linear_classifier(transform, classes):
    weights = RNG.standard_normal(classes * 3).tolist()
    labels = [4, -1] if classes == 1 else [4, -1, 2]
    node = ml_node("LinearClassifier", ["x"], ["label", "y"], coefficients=weights,
                   intercepts=[0.25] * classes, classlabels_ints=labels,
                   post_transform=transform)  # fmt: skip
    check(model([node], {"x": X}, {"label": INT64, "y": FLOAT}), {"x": X})


@pytest.mark.parametrize("kernel", ["LINEAR", "POLY", "RBF", "SIGMOID"])
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("probabilities", [False, True])
@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "SOFTMAX"])
def test_svm_classifier(kernel, classes, probabilities, transform):
    per_class = [2, 1, 3, 2][:classes]
    pairs = classes * (classes - 1) // 2
    numbers = {
        "support_vectors": RNG.standard_normal(sum(per_class) * 3),
        "coefficients": RNG.standard_normal(sum(per_class) * (classes - 1)),
        "rho": RNG.standard_normal(pairs),
        "kernel_params": np.array([0.3, 0.5, 3]),
    }
    if probabilities:
        numbers["prob_a"] = -RNG.uniform(0.5, 2, pairs)
        numbers["prob_b"] = RNG.standard_normal(pairs)
    attributes = {name: array.tolist() for name, array in numbers.items()}
    node = ml_node("SVMClassifier", ["x"], ["label", "y"], vectors_per_class=per_class,
                   classlabels_ints=[3, 1, 7, 5][:classes], kernel_type=kernel,
                   post_transform=transform, **attributes)  # fmt: skip
    check(model([node], {"x": X}, {"label": INT64, "y": FLOAT}), {"x": X}, rtol=2e-5)


def test_svm_classifier_without_support_vectors():
    node = ml_node("SVMClassifier", ["x"], ["label", "y"], classlabels_ints=[5, 6, 7],
                   coefficients=RNG.standard_normal(9).tolist(), rho=[0.5], kernel_type="LINEAR",
                   kernel_params=[0.0, 0.0, 0.0])  # fmt: skip
    check(model([node], {"x": X}, {"label": INT64, "y": FLOAT}), {"x": X})


@pytest.mark.parametrize("one_class", [0, 1])
def test_svm_regressor(one_class):
    node = ml_node("SVMRegressor", ["x"], ["y"], n_supports=4, kernel_type="RBF", rho=[-0.1],
                   support_vectors=RNG.standard_normal(12).tolist(), one_class=one_class,
                   coefficients=RNG.standard_normal(4).tolist(),
                   kernel_params=[0.5, 0.0, 0.0])  # fmt: skip
    check(model([node], {"x": X}, {"y": FLOAT}), {"x": X})


def test_features_far_from_zero_do_not_blur_the_rbf_kernel():
    far = (X + 4000).astype(np.float32)
    node = ml_node("SVMRegressor", ["x"], ["y"], n_supports=4, kernel_type="RBF", rho=[0.0],
                   support_vectors=far[:4].reshape(-1).tolist(), coefficients=[1.0, -2.0, 0.5, 3.0],
                   kernel_params=[0.5, 0.0, 0.0])  # fmt: skip
    proto = model([node], {"x": far}, {"y": FLOAT})
    np.testing.assert_allclose(run(proto, {"x": far})[0], reference(proto, {"x": far})[0], 1e-4)


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (ml_node("SVMRegressor", ["x"], ["y"], coefficients=[1.0], rho=[0.0]), "do not fit"),
        (ml_node("OneHotEncoder", ["x"], ["y"], cats_strings=["a"]), "strings"),
        (
            ml_node("LabelEncoder", ["x"], ["y"], keys_floats=[1.0], values_floats=[1.0, 2.0]),
            "two lists",
        ),
        (ml_node("Imputer", ["x"], ["y"], imputed_value_int64s=[1]), "no values"),
        (ml_node("Normalizer", ["x"], ["y"], norm="L3"), "another norm"),
    ],
)
def test_refusals_say_why(node, words):
    with pytest.raises(edgert.UnsupportedOpError, match=words):
        edgert.compile(model([node], {"x": X}, {"y": FLOAT}))


def test_computing_with_names_is_refused():
    nodes = [
        ml_node("LinearClassifier", ["x"], ["label", "y"], coefficients=[1.0, 2.0, 3.0],
                intercepts=[0.0], classlabels_strings=["a", "b"]),
        helper.make_node("Equal", ["label", "label"], ["same"]),
    ]  # fmt: skip
    with pytest.raises(edgert.CompileError, match="computes with the names of classes"):
        edgert.compile(model(nodes, {"x": X}, {"y": FLOAT}))
