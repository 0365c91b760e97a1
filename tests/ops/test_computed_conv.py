"""Convolutions whose weights are inputs, against onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

import edgert

CASES = {
    "conv1d": ("Conv", (2, 6, 17), (4, 6, 5), {"strides": [3], "pads": [2, 1]}),
    "depthwise": ("Conv", (1, 20, 9, 8), (20, 1, 3, 3), {"group": 20, "pads": [1, 1, 1, 1]}),
    "grouped": ("Conv", (2, 6, 9, 9), (10, 3, 3, 2), {"group": 2, "dilations": [2, 1]}),
    "conv3d": ("Conv", (2, 4, 5, 6, 7), (6, 2, 3, 2, 3), {"group": 2, "pads": [1] * 6}),
    "transposed": (
        "ConvTranspose",
        (2, 6, 5, 4),
        (6, 4, 3, 2),
        {"group": 2, "strides": [2, 3], "pads": [1, 0, 0, 1], "dilations": [1, 2]},
    ),
    "transposed3d": (
        "ConvTranspose",
        (1, 3, 3, 4, 5),
        (3, 2, 2, 3, 2),
        {"strides": [2, 1, 2], "output_padding": [1, 0, 0]},
    ),
}


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("case", CASES)
def test_convolution_by_an_input(case: str, precision: str) -> None:
    op, x, w, attributes = CASES[case]
    graph = helper.make_graph(
        [helper.make_node(op, ["x", "w"], ["y"], **attributes)],
        "g",
        [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", x), ("w", w))],
        [helper.make_tensor_value_info("y", 1, None)],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    proto = onnx.shape_inference.infer_shapes(proto)
    rng = np.random.default_rng(2)
    feeds = {n: rng.standard_normal(s).astype(np.float32) for n, s in (("x", x), ("w", w))}
    expected = onnxruntime.InferenceSession(proto.SerializeToString()).run(None, feeds)[0]
    calibration = [feeds] if precision == "int8" else None
    report = edgert.compile(proto, precision=precision, calibration=calibration)
    actual = edgert.InferenceSession(report.bundle).run(None, feeds)[0]
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)
