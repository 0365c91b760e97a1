"""Inputs bound as constants."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

import edgert
from edgert.errors import CompileError

MODEL = onnx.parser.parse_model(
    '<ir_version: 9, opset_import: ["": 21]>'
    "m (float[2, N] x, int64[R] shape) => (float[M] y) { y = Reshape(x, shape) }"
)


def test_a_bound_input_is_no_input_of_the_bundle():
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    report = edgert.compile(
        MODEL,
        precision="fp32",
        input_shapes={"x": (2, 3)},
        constants={"shape": np.array([-1], np.int64)},
    )
    session = edgert.InferenceSession(report.bundle)
    assert [port.name for port in session.get_inputs()] == ["x"]
    np.testing.assert_array_equal(session.run(None, {"x": x})[0], x.reshape(-1))


@pytest.mark.parametrize(
    ("constants", "complaint"),
    [
        ({"shapes": np.array([6], np.int64)}, "names 'shapes', but the inputs are: x, shape"),
        ({"shape": np.array([6], np.int32)}, "declares int64, the array is int32"),
        ({"x": np.zeros((3, 2), np.float32)}, r"shape \[3, 2\]"),
    ],
)
def test_a_constant_that_does_not_fit(constants, complaint):
    with pytest.raises(CompileError, match=complaint):
        edgert.compile(MODEL, input_shapes={"x": (2, 3)}, constants=constants)
