"""`edgert_compiler.onnx_backend` beyond what the conformance suite asks of it."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from edgert.errors import CompileError, InputError
from edgert_compiler import onnx_backend

ADD = onnx.parser.parse_model(
    '<ir_version: 9, opset_import: ["": 21]>'
    "m (float[N] a, float[N] b) => (float[N] y) { y = Add(a, b) }"
)


def test_other_shapes_compile_again():
    rep = onnx_backend.prepare(ADD)
    for n in (3, 5, 3):
        a, b = np.ones(n, np.float32), np.arange(n, dtype=np.float32)
        outputs = rep.run([a, b])
        np.testing.assert_array_equal(outputs["y"], a + b)
        assert rep.bound == ()


def test_new_values_of_bound_inputs_take_effect():
    model = onnx.parser.parse_model(
        '<ir_version: 9, opset_import: ["": 21]>'
        "m (float[4] x, int64[1] axes) => (float[M, N] y) { y = Unsqueeze(x, axes) }"
    )
    rep = onnx_backend.prepare(model)
    x = np.arange(4, dtype=np.float32)
    for axis in (0, 1):
        (y,) = rep.run({"x": x, "axes": np.array([axis])})
        np.testing.assert_array_equal(y, np.expand_dims(x, axis))
        assert rep.bound == ("axes",)
        assert not rep.folded


def test_run_node():
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    x = np.array([-1, 2], np.float32)
    np.testing.assert_array_equal(onnx_backend.run_node(node, [x])[0], [0, 2])


def test_only_the_cpu():
    assert onnx_backend.supports_device("CPU")
    assert not onnx_backend.supports_device("CUDA:0")
    with pytest.raises(InputError, match="CUDA"):
        onnx_backend.prepare(ADD, "CUDA")


def test_sequences_are_refused():
    with pytest.raises(CompileError, match="not a tensor"):
        onnx_backend.run_model(ADD, [[np.ones(3, np.float32)], np.ones(3, np.float32)])
