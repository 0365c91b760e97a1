"""Nodes that ONNX's node suite has not: some operators, and forms whose types newer ones lost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from onnx import TensorProto, helper

from .templates import Template, opset_of

_ML = "ai.onnx.ml"


def own_templates() -> Iterator[Template]:
    """All of them. Only the types of output arrays count."""
    x = np.array([[-1.5, 0.25, 2.0], [3.0, -0.75, 1.0]], np.float32)
    labels = np.zeros(2, np.int64)
    image = np.linspace(-1, 2, 48, dtype=np.float32).reshape(1, 3, 4, 4)
    row, pair = np.ones((2, 1), np.float32), np.ones((2, 2), np.float32)
    positive = np.abs(x)  # what is below 0 has no value in unsigned types
    yield _template("Cast", [positive], [x], to=TensorProto.FLOAT)
    yield _template("CastLike", [positive, x], [x])
    yield _template("GlobalLpPool", [image], [image], p=2)
    yield _template("Erf", [x], [x], opset=12)
    for kind in ("LogSum", "LogSumExp"):
        yield _template(f"Reduce{kind}", [positive], [row], opset=17, axes=[1], keepdims=1)
    yield _template("FeatureVectorizer", [x, x], [x], _ML, inputdimensions=[3, 3])
    yield _template("Imputer", [x], [x], _ML, imputed_value_floats=[1.0], replaced_value_float=3.0)
    yield _template("Normalizer", [x], [x], _ML, norm="L2")
    yield _template("OneHotEncoder", [x], [x], _ML, cats_int64s=[0, 1, 2, 3], zeros=1)
    yield _template("Scaler", [x], [x], _ML, offset=[0.5], scale=[2.0])
    yield _template(
        "LinearRegressor", [x], [row], _ML, coefficients=[0.5, -1.0, 2.0], intercepts=[0.25]
    )
    yield _template(
        "LinearClassifier",
        [x],
        [labels, pair],
        _ML,
        coefficients=[0.5, -1.0, 2.0, 1.0, 0.5, -2.0],
        intercepts=[0.25, -0.5],
        classlabels_ints=[0, 1],
        post_transform="SOFTMAX",
    )
    vectors = [0.5, 1.0, -1.0, 2.0, 0.0, 1.5]
    kernel = {"kernel_type": "RBF", "kernel_params": [0.25, 0.0, 3.0], "support_vectors": vectors}
    yield _template(
        "SVMRegressor",
        [x],
        [row],
        _ML,
        n_supports=2,
        coefficients=[1.0, -0.5],
        rho=[0.25],
        **kernel,
    )
    yield _template(
        "SVMClassifier",
        [x],
        [labels, pair],
        _ML,
        vectors_per_class=[1, 1],
        coefficients=[1.0, -0.5],
        rho=[0.25],
        classlabels_ints=[0, 1],
        **kernel,
    )


def _template(op: str, inputs, outputs, domain: str = "", opset: int = 0, **attributes) -> Template:
    names = [f"x{i}" for i in range(len(inputs))], [f"y{i}" for i in range(len(outputs))]
    node = helper.make_node(op, *names, domain=domain, **attributes)
    return Template(node, opset or opset_of(node), inputs, outputs)
