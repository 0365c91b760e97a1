"""scikit-learn models as skl2onnx exports them, against onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest

import edgert

from .models import check_export, reference

pytest.importorskip("skl2onnx")
pytest.importorskip("sklearn")

from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType
from sklearn import (
    cluster,
    compose,
    datasets,
    decomposition,
    ensemble,
    impute,
    linear_model,
    naive_bayes,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)

X, IRIS = datasets.load_iris(return_X_y=True)
X = X.astype(np.float32)
BINARY = (IRIS == 1).astype(np.int64)
NAMES = np.array(["setosa", "versicolor", "virginica"])[IRIS]
TARGET = (X @ np.array([1, -2, 0.5, 1], np.float32) + np.sin(X[:, 0])).astype(np.float32)
ROWS = (1, 37)


def scaled(estimator):
    return pipeline.make_pipeline(preprocessing.StandardScaler(), estimator)


CLASSIFIERS = {
    "decision tree": tree.DecisionTreeClassifier(max_depth=5, random_state=0),
    "random forest": ensemble.RandomForestClassifier(12, random_state=0),
    "extra trees": ensemble.ExtraTreesClassifier(9, random_state=0),
    "gradient boosting": ensemble.GradientBoostingClassifier(n_estimators=7, random_state=0),
    "logistic regression": linear_model.LogisticRegression(max_iter=500),
    "linear svc": svm.LinearSVC(),
    "svc with probabilities": svm.SVC(probability=True, random_state=0),
    "svc": scaled(svm.SVC(kernel="poly", degree=2, coef0=1.0)),
    "sigmoid svc": svm.SVC(kernel="sigmoid", gamma=0.01),
    "linear svc by libsvm": scaled(svm.SVC(kernel="linear", probability=True, random_state=0)),
    "naive bayes": naive_bayes.GaussianNB(),
    "multilayer perceptron": neural_network.MLPClassifier((8,), max_iter=60, random_state=0),
}
REGRESSORS = {
    "decision tree": tree.DecisionTreeRegressor(max_depth=5, random_state=0),
    "random forest": ensemble.RandomForestRegressor(10, random_state=0),
    "gradient boosting": ensemble.GradientBoostingRegressor(n_estimators=9, random_state=0),
    "linear": linear_model.LinearRegression(),
    "svr": svm.SVR(),
    "linear svr": svm.LinearSVR(),
}
TRANSFORMERS = {
    "standard": preprocessing.StandardScaler(),
    "min max": preprocessing.MinMaxScaler(),
    "robust": preprocessing.RobustScaler(),
    "l1": preprocessing.Normalizer("l1"),
    "l2": preprocessing.Normalizer("l2"),
    "max": preprocessing.Normalizer("max"),
    "imputer": impute.SimpleImputer(),
    "bins": preprocessing.KBinsDiscretizer(4, encode="onehot-dense", strategy="uniform"),
    "binarizer": preprocessing.Binarizer(threshold=2.5),
    "polynomial": preprocessing.PolynomialFeatures(2),
    "pca": decomposition.PCA(2),
    "k-means": cluster.KMeans(4, n_init=1, random_state=0),
}


def features(rows: int) -> np.ndarray:
    rng = np.random.default_rng(rows)
    return X[rng.permutation(len(X))[:rows]]


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifier(name, classes, rows):
    fitted = CLASSIFIERS[name].fit(X, BINARY if classes == 2 else IRIS)
    options = {} if name.startswith("linear svc") and "lib" not in name else {"zipmap": False}
    check_export(to_onnx(fitted, X[:1], options=options), {"X": features(rows)})


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", REGRESSORS)
def test_regressor(name, rows):
    fitted = REGRESSORS[name].fit(X, TARGET)
    check_export(to_onnx(fitted, X[:1]), {"X": features(rows)})


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformer(name, rows):
    fitted = TRANSFORMERS[name].fit(X)
    x = features(rows)
    if name == "imputer":
        x[::2, 1] = np.nan
    check_export(to_onnx(fitted, X[:1]), {"X": x})


def test_anomaly_detection():
    fitted = ensemble.IsolationForest(n_estimators=8, random_state=0).fit(X)
    check_export(to_onnx(fitted, X[:1], target_opset={"": 17, "ai.onnx.ml": 3}), {"X": features(9)})


def test_one_class_machine():
    check_export(to_onnx(svm.OneClassSVM().fit(X), X[:1]), {"X": features(9)})


@pytest.mark.parametrize("encoder", [preprocessing.OneHotEncoder, preprocessing.OrdinalEncoder])
def test_categories_that_are_numbers(encoder):
    x = (IRIS[:, None] * 3 + np.arange(2)).astype(np.int64)
    fitted = encoder(sparse_output=False) if encoder is preprocessing.OneHotEncoder else encoder()
    proto = to_onnx(fitted.fit(x), initial_types=[("X", Int64TensorType([None, 2]))])
    check_export(proto, {"X": x[::7]})


def test_columns_of_several_inputs():
    columns = compose.ColumnTransformer(
        [
            ("numbers", preprocessing.StandardScaler(), [0, 1]),
            ("kinds", preprocessing.OneHotEncoder(), [2]),
        ]
    )
    x = np.column_stack([X[:, :2], IRIS])
    model = pipeline.make_pipeline(columns, linear_model.LogisticRegression()).fit(x, BINARY)
    types = [("numbers", FloatTensorType([None, 2])), ("kind", Int64TensorType([None, 1]))]
    proto = to_onnx(model, initial_types=types, options={"zipmap": False})
    check_export(proto, {"numbers": X[::9, :2], "kind": IRIS[::9, None].astype(np.int64)})


@pytest.mark.parametrize(
    "estimator",
    [
        ensemble.RandomForestClassifier(8, random_state=0),
        svm.SVC(),
    ],
    ids=["forest", "svm"],
)
def test_features_in_double_precision(estimator):
    fitted = estimator.fit(X.astype(np.float64), BINARY)
    types = [("X", DoubleTensorType([None, 4]))]
    proto = to_onnx(fitted, initial_types=types, options={"zipmap": False})
    check_export(proto, {"X": features(21).astype(np.float64)})


def test_labels_that_are_strings():
    fitted = ensemble.RandomForestClassifier(5, random_state=0).fit(X, NAMES)
    proto = to_onnx(fitted, X[:1])
    x = features(11)
    report = edgert.compile(proto, precision="fp32", input_shapes={"X": x.shape})
    session = edgert.InferenceSession(report.bundle)
    label, probabilities = session.run(None, {"X": x})
    expected, maps = reference(proto, {"X": x})
    assert session.labels == ["setosa", "versicolor", "virginica"]
    assert [session.labels[i] for i in label] == list(expected)
    np.testing.assert_allclose(probabilities, [[m[n] for n in session.labels] for m in maps], 1e-5)
    notes = "\n".join(report.notes)
    assert "output 'output_label' is int64 instead of string" in notes
    assert "session.labels" in notes
    assert "'output_probability' is a float32 tensor instead of a sequence of maps" in notes


@pytest.mark.parametrize(
    "estimator",
    [
        naive_bayes.GaussianNB(),
        neural_network.MLPClassifier((4,), max_iter=30, random_state=0),
        linear_model.LogisticRegression(max_iter=500),
        svm.SVC(),
    ],
    ids=["naive bayes", "perceptron", "logistic", "svm"],
)
def test_names_that_nodes_look_up(estimator):
    proto = to_onnx(estimator.fit(X, NAMES), X[:1], options={"zipmap": False})
    report = edgert.compile(proto, precision="fp32", input_shapes={"X": (11, 4)})
    session = edgert.InferenceSession(report.bundle)
    label = session.run(None, {"X": features(11)})[0]
    expected = reference(proto, {"X": features(11)})[0]
    assert [session.labels[i] for i in label] == list(expected)
