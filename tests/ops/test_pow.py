"""Powers with constant exponents, against onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx.parser
import onnxruntime
import pytest

import edgert
from edgert.bundle import BundleReader


def power(exponent: np.ndarray, element: str = "float") -> onnx.ModelProto:
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> '
        f"power ({element}[2, 9] x) => ({element}[2, 9] y) {{ y = Pow(x, e) }}"
    )
    model.graph.initializer.append(onnx.numpy_helper.from_array(exponent, "e"))
    return model


def operators(bundle: bytes) -> list[str]:
    return [operator.name for operator in BundleReader(bundle).root.operators or ()]


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (np.float32(2), ["square"]),
        (np.int64([2]), ["square"]),
        (np.float32([[3]]), ["mul", "square"]),
        (np.float32(2.5), ["pow"]),
        (np.linspace(1, 3, 9, dtype=np.float32), ["pow"]),
    ],
)
def test_squares_and_cubes_are_products(exponent, expected):
    model = power(np.asarray(exponent))
    bundle = edgert.compile(model, precision="fp32").bundle
    assert sorted(operators(bundle)) == expected
    x = np.linspace(-3 if "square" in expected else 0, 3, 18, dtype=np.float32).reshape(2, 9)
    [reference] = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})
    np.testing.assert_allclose(edgert.load(bundle).run(x), reference, rtol=1e-6)


def test_integers_wrap_as_powers_do():
    model = power(np.int64(3), "int64")
    x = np.arange(-9, 9).reshape(2, 9)
    result = edgert.load(edgert.compile(model, precision="fp32").bundle).run(x)
    np.testing.assert_array_equal(result, x**3)
