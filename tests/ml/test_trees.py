"""Tree ensembles against onnxruntime, and what is refused."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert
from edgert_compiler.packing.trees import Aggregate, Forest, pack_forest

from . import forests
from .models import check, compare, ml_node, model, reference, run

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


@pytest.mark.parametrize("aggregate", ["SUM", "AVERAGE", "MIN", "MAX"])
@pytest.mark.parametrize(("targets", "per_leaf"), [(1, 1), (3, 1), (3, 3), (4, 2)])
@pytest.mark.parametrize("rows", [1, 13, 150])
def test_regressor(aggregate, targets, per_leaf, rows):
    rng = np.random.default_rng(rows)
    attributes = forests.regressor_attributes(rng, 11, 5, targets, per_leaf)
    base = [float(v) for v in rng.uniform(-1, 1, targets).astype(np.float32)]
    x = forests.features(rng, rows, 5)
    node = ml_node("TreeEnsembleRegressor", ["x"], ["y"], n_targets=targets,
                   aggregate_function=aggregate, base_values=base, **attributes)  # fmt: skip
    check(model([node], {"x": x}, {"y": FLOAT}), {"x": x})


@pytest.mark.parametrize("mode", forests.MODES)
def test_every_mode_of_a_node(mode):
    rng = np.random.default_rng(3)
    attributes = forests.regressor_attributes(rng, 6, 4, 1, 1, modes=[mode])
    x = forests.features(rng, 60, 4)
    node = ml_node("TreeEnsembleRegressor", ["x"], ["y"], n_targets=1, **attributes)
    check(model([node], {"x": x}, {"y": FLOAT}), {"x": x})


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.int32])
def test_features_of_other_types(dtype):
    rng = np.random.default_rng(5)
    attributes = forests.regressor_attributes(rng, 6, 4, 2, 1)
    x = np.nan_to_num(forests.features(rng, 30, 4)).astype(dtype)
    node = ml_node("TreeEnsembleRegressor", ["x"], ["y"], n_targets=2, **attributes)
    single = x.astype(np.float32)  # onnxruntime lacks the integer types
    expected = reference(model([node], {"x": single}, {"y": FLOAT}), {"x": single})[0]
    compare(run(model([node], {"x": x}, {"y": FLOAT}), {"x": x})[0], expected)


def test_thresholds_in_double_precision():
    rng = np.random.default_rng(6)
    attributes = forests.regressor_attributes(rng, 6, 4, 1, 1, modes=["BRANCH_LEQ"])
    values = np.array(attributes.pop("nodes_values")) + 1e-12
    weights = np.array(attributes.pop("target_weights"), np.float64)
    x = np.repeat(np.nan_to_num(forests.features(rng, 30, 4, np.float64)), 2, axis=0)
    x[1::2] += 2e-12
    node = ml_node("TreeEnsembleRegressor", ["x"], ["y"], n_targets=1,
                   nodes_values_as_tensor=numpy_helper.from_array(values),
                   target_weights_as_tensor=numpy_helper.from_array(weights),
                   **attributes)  # fmt: skip
    proto = model([node], {"x": x}, {"y": FLOAT})
    check(proto, {"x": x})
    assert (run(proto, {"x": x})[0][::2] != run(proto, {"x": x})[0][1::2]).any()


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"])
@pytest.mark.parametrize("per_leaf", [1, 3])
def test_classifier_of_three_classes(transform, per_leaf):
    rng = np.random.default_rng(7)
    lowest = 0.1 if transform == "PROBIT" else -1.0
    attributes = forests.regressor_attributes(rng, 1 if transform == "PROBIT" else 9, 5, 3, 3,
                                              prefix="class", lowest=lowest)  # fmt: skip
    x = forests.features(rng, 40, 5)
    node = ml_node("TreeEnsembleClassifier", ["x"], ["label", "y"], classlabels_int64s=[7, -2, 5],
                   post_transform=transform, **attributes)  # fmt: skip
    check(model([node], {"x": x}, {"label": INT64, "y": FLOAT}), {"x": x})


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "SOFTMAX"])
@pytest.mark.parametrize("lowest", [0.0, -1.0], ids=["probabilities", "margins"])
@pytest.mark.parametrize("base", [None, [0.25]])
def test_classifier_with_one_score_for_two_classes(transform, lowest, base):
    rng = np.random.default_rng(8)
    attributes = forests.regressor_attributes(rng, 3, 5, 1, 1, prefix="class", lowest=lowest)
    if base is not None:
        attributes["base_values"] = base
    x = forests.features(rng, 40, 5)
    node = ml_node("TreeEnsembleClassifier", ["x"], ["label", "y"], classlabels_int64s=[3, 9],
                   post_transform=transform, **attributes)  # fmt: skip
    check(model([node], {"x": x}, {"label": INT64, "y": FLOAT}), {"x": x})


def ensemble(x: np.ndarray, **changes) -> onnx.ModelProto:
    """TreeEnsemble of opset 5 with a set, a shared leaf and a tree of one leaf."""
    dtype = x.dtype
    tensors = {
        "nodes_splits": np.array([0.5, 0, 1, 0], dtype),
        "nodes_modes": np.array([0, 6, 3, 0], np.uint8),
        "leaf_weights": np.array([0.5, -1.25, 2, 4], dtype),
        "membership_values": np.array([1, 2, -1, np.nan], dtype),
    }
    attributes = {
        "tree_roots": [0, 3],
        "nodes_featureids": [0, 1, 0, 0],
        "nodes_truenodeids": [1, 0, 2, 3],
        "nodes_falsenodeids": [2, 1, 1, 3],
        "nodes_trueleafs": [0, 1, 1, 1],
        "nodes_falseleafs": [0, 1, 1, 1],
        "leaf_targetids": [0, 1, 0, 1],
        "n_targets": 2,
        **{name: numpy_helper.from_array(array) for name, array in tensors.items()},
        **changes,
    }
    node = ml_node("TreeEnsemble", ["x"], ["y"], **attributes)
    return model([node], {"x": x}, {"y": helper.np_dtype_to_tensor_dtype(dtype)}, opset=5)


@pytest.mark.parametrize("aggregate", [0, 1, 2, 3])
def test_ensemble_of_opset_5(aggregate):
    x = np.array([[0, 1], [0, 2], [0, -1], [0, 3], [1, 0], [2, 1]], np.float32)
    check(ensemble(x, aggregate_function=aggregate), {"x": x})


def test_transforms_are_numbered_as_the_standard_does():
    x = np.array([[0, 1], [0, 3], [1, 0], [2, 1]], np.float32)
    raw = reference(ensemble(x), {"x": x})[0]
    softmax = run(ensemble(x, post_transform=1), {"x": x})[0]
    compare(softmax, np.exp(raw) / np.exp(raw).sum(1, keepdims=True))
    logistic = run(ensemble(x, post_transform=2), {"x": x})[0]
    compare(logistic, 1 / (1 + np.exp(-raw)))


def test_ensemble_in_double_precision():
    x = np.array([[0, 1], [0, 3], [1, 0], [2, 1]], np.float64)
    check(ensemble(x), {"x": x})


def test_ensemble_of_half_precision_is_computed_in_single_precision():
    x = np.array([[0, 1], [0, 3], [1, 0], [2, 1]], np.float16)
    output = run(ensemble(x), {"x": x})[0]
    assert output.dtype == np.float16
    expected = reference(ensemble(x.astype(np.float32)), {"x": x.astype(np.float32)})[0]
    np.testing.assert_array_equal(output, expected)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nodes_truenodeids": [1, 0, 0, 3], "nodes_trueleafs": [0, 1, 0, 1]}, "lead back"),
        ({"nodes_featureids": [0, 1, 2, 0]}, "tests a feature"),
        ({"nodes_falsenodeids": [9, 1, 1, 3]}, "leads to no node"),
        ({"leaf_targetids": [0, 1, 2, 1]}, "a target beyond"),
        ({"membership_values": numpy_helper.from_array(np.array([], np.float32))}, "sets"),
    ],
)
def test_trees_that_are_none_are_refused(changes, words):
    x = np.zeros((2, 2), np.float32)
    with pytest.raises(edgert.UnsupportedOpError, match=words):
        edgert.compile(ensemble(x, **changes))


def test_equal_rows_of_leaves_are_stored_once():
    stump = np.array([[~0, ~1]])
    forest = Forest(
        feature=np.zeros(2, np.int64), threshold=np.zeros(2), mode=np.zeros(2, np.int64),
        missing=np.zeros(2, bool), children=np.concatenate([stump, stump - 2]),
        roots=np.array([0, 1]), leaf=np.arange(4).repeat(2), target=np.array([0, 1] * 4),
        weight=np.array([1, 0, 0, 1, 1, 0, 0, 1.0]), leaves=4, targets=2,
    )  # fmt: skip
    packed = pack_forest(forest, Aggregate.SUM, np.dtype(np.float32))
    assert packed.leaves.shape == (2, 2)
    assert packed.nodes.shape == (2, 4)
    assert packed.trees.tolist() == [[0, 0], [1, 0]]


@pytest.mark.parametrize("calibrated", [False, True])
def test_trees_stay_in_float_and_the_report_says_so(calibrated):
    rng = np.random.default_rng(9)
    attributes = forests.regressor_attributes(rng, 6, 4, 1, 1)
    x = np.nan_to_num(forests.features(rng, 8, 4))
    node = ml_node("TreeEnsembleRegressor", ["x"], ["y"], n_targets=1, **attributes)
    proto = model([node], {"x": x}, {"y": FLOAT})
    report = edgert.compile(proto, precision="int8", calibration=[{"x": x}] if calibrated else None)
    (entry,) = report.nodes
    assert entry.precision == "float"
    assert "in float" in entry.reason or "only products" in entry.reason
    assert not any("calibration" in note for note in report.notes)
    output = edgert.InferenceSession(report.bundle).run(None, {"x": x})[0]
    compare(output, reference(proto, {"x": x})[0])
