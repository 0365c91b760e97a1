"""Resize of volumes, batches and channels, and beyond the image, against onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

import edgert


def model(shape, constants: dict[str, np.ndarray], inputs: list[str], **attributes):
    graph = helper.make_graph(
        [helper.make_node("Resize", inputs, ["y"], **attributes)],
        "g",
        [helper.make_tensor_value_info("x", 1, shape)],
        [helper.make_tensor_value_info("y", 1, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    return onnx.shape_inference.infer_shapes(proto)


def check(proto: onnx.ModelProto, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(4).standard_normal(shape).astype(np.float32)
    expected = onnxruntime.InferenceSession(proto.SerializeToString()).run(None, {"x": x})[0]
    session = edgert.InferenceSession(edgert.compile(proto, precision="fp32").bundle)
    actual = session.run(None, {"x": x})[0]
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("coordinates", ["half_pixel", "align_corners", "asymmetric"])
@pytest.mark.parametrize("mode", ["linear", "nearest"])
@pytest.mark.parametrize("scales", [(1, 1, 2, 2, 2), (1, 1, 1.5, 1, 0.5), (1, 1, 1, 2, 3)])
def test_volumes(mode: str, coordinates: str, scales: tuple[float, ...]) -> None:
    shape = (2, 3, 4, 5, 6)
    constants = {"s": np.array(scales, np.float32)}
    attributes = {"mode": mode, "coordinate_transformation_mode": coordinates}
    check(model(shape, constants, ["x", "", "s"], **attributes), shape)


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 3, 4), (5,), (4, 6)])
def test_every_axis_nearest(shape: tuple[int, ...]) -> None:
    constants = {"s": np.full(len(shape), 2, np.float32)}
    check(model(shape, constants, ["x", "", "s"], mode="nearest"), shape)


@pytest.mark.parametrize("mode", ["linear", "nearest"])
def test_a_region_that_reaches_beyond_the_image(mode: str) -> None:
    shape = (1, 3, 5, 6)
    constants = {
        "roi": np.array([0, 0, -0.3, 0.2, 1, 1, 0.8, 1.5], np.float32),
        "sizes": np.array([1, 3, 7, 8]),
    }
    attributes = {
        "mode": mode,
        "coordinate_transformation_mode": "tf_crop_and_resize",
        "extrapolation_value": 9.0,
    }
    check(model(shape, constants, ["x", "roi", "", "sizes"], **attributes), shape)
