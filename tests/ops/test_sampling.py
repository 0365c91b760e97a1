"""GridSample, RoiAlign, DeformConv and AffineGrid against onnxruntime, and at impossible places."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgert
from edgert.errors import UnsupportedOpError

RNG = np.random.default_rng(11)


def normal(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def model(op: str, opset: int, feeds: dict[str, np.ndarray], constants=None, **attributes):
    """One node; inputs are `feeds` and then `constants`."""
    constants = constants or {}
    node = helper.make_node(op, [*feeds, *constants], ["y"], **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in feeds.items()
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    return onnx.shape_inference.infer_shapes(proto)


def outputs(proto: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What edgert computes, and onnxruntime."""
    session = edgert.InferenceSession(edgert.compile(proto, precision="fp32").bundle)
    reference = onnxruntime.InferenceSession(proto.SerializeToString())
    return session.run(None, feeds)[0], reference.run(None, feeds)[0]


@pytest.mark.parametrize("corners", [0, 1])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["linear", "nearest", "cubic"])
@pytest.mark.parametrize("channels", [1, 40])
def test_grid_sample(mode: str, padding: str, corners: int, channels: int) -> None:
    # Far outside too, so that reflection folds several times.
    grid = (RNG.random((2, 5, 9, 2)) * 6 - 3).astype(np.float32)
    feeds = {"x": normal(2, channels, 6, 7), "grid": grid}
    proto = model("GridSample", 20, feeds, mode=mode, padding_mode=padding, align_corners=corners)
    actual, expected = outputs(proto, feeds)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["linear", "nearest"])
def test_grid_sample_of_volumes(mode: str, padding: str) -> None:
    grid = (RNG.random((2, 3, 4, 5, 3)) * 3 - 1.5).astype(np.float32)
    feeds = {"x": normal(2, 3, 4, 5, 6), "grid": grid}
    actual, expected = outputs(
        model("GridSample", 20, feeds, mode=mode, padding_mode=padding), feeds
    )
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["linear", "nearest", "cubic"])
@pytest.mark.parametrize("place", [np.nan, np.inf, -np.inf, 3e38, -3e38])
def test_grid_sample_reads_inside_wherever_the_grid_points(mode, padding, place) -> None:
    grid = np.zeros((1, 2, 2, 2), np.float32)
    grid[0, 0, 0, 0] = grid[0, 1, 1, 1] = place
    feeds = {"x": normal(1, 2, 4, 4), "grid": grid}
    proto = model("GridSample", 20, feeds, mode=mode, padding_mode=padding)
    actual = edgert.InferenceSession(edgert.compile(proto, precision="fp32").bundle).run(
        None, feeds
    )[0]
    still = dict(feeds, grid=np.zeros_like(grid))
    expected = onnxruntime.InferenceSession(proto.SerializeToString()).run(None, still)[0]
    # Points at ordinary places are not disturbed.
    np.testing.assert_allclose(actual[..., [0, 1], [1, 0]], expected[..., [0, 1], [1, 0]], 1e-4)
    if padding == "zeros":
        assert (actual[..., 0, 0] == 0).all()


@pytest.mark.parametrize("opset", [10, 16])
@pytest.mark.parametrize("shape", [(1, 2), (3, 1)])
def test_roi_align(opset: int, shape: tuple[int, int]) -> None:
    corners = RNG.random((7, 4)).astype(np.float32) * 30 - 4
    rois = np.sort(corners.reshape(7, 2, 2), axis=1).reshape(7, 4)
    images = RNG.integers(0, 3, 7)
    feeds = {"x": normal(3, 5, 9, 12), "rois": rois, "images": images}
    proto = model(
        "RoiAlign",
        opset,
        feeds,
        output_height=shape[0],
        output_width=shape[1],
        sampling_ratio=3,
        spatial_scale=0.5,
    )
    actual, expected = outputs(proto, feeds)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_roi_align_refuses_images_that_do_not_exist() -> None:
    rois = np.array([[0, 0, 3, 3]], np.float32)
    feeds = {"x": normal(2, 3, 8, 8), "rois": rois, "images": np.array([2])}
    proto = model("RoiAlign", 16, feeds, output_height=2, output_width=2, sampling_ratio=2)
    session = edgert.InferenceSession(edgert.compile(proto, precision="fp32").bundle)
    with pytest.raises(edgert.Error, match="out of range"):
        session.run(None, feeds)


def test_roi_align_says_why_not() -> None:
    feeds = {"x": normal(1, 1, 4, 4), "rois": normal(1, 4), "images": np.array([0])}
    with pytest.raises(UnsupportedOpError, match="fixed sampling_ratio"):
        edgert.compile(model("RoiAlign", 16, feeds))


@pytest.mark.parametrize("constant_weights", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_deform_conv(masked: bool, constant_weights: bool) -> None:
    n, h, w = 2, 4, 3  # of the output
    feeds = {"x": normal(n, 8, 7, 8)}
    weights, bias = normal(6, 4, 3, 2), normal(6)
    rest = {"offset": normal(n, 2 * 2 * 6, h, w) * 2, "bias": bias}
    if masked:
        rest["mask"] = normal(n, 2 * 6, h, w)
    given = {"w": weights, **rest}
    if constant_weights:
        node = helper.make_node(
            "DeformConv",
            ["x", "w", *rest],
            ["y"],
            group=2,
            offset_group=2,
            strides=[2, 3],
            dilations=[1, 2],
            pads=[1, 0, 1, 1],
        )
        feeds.update({k: v for k, v in rest.items() if k != "bias"})
        graph = helper.make_graph(
            [node],
            "g",
            [helper.make_tensor_value_info(k, 1, v.shape) for k, v in feeds.items()],
            [helper.make_tensor_value_info("y", 1, None)],
            [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "bias")],
        )
        proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
        proto = onnx.shape_inference.infer_shapes(proto)
    else:
        feeds.update(given)
        proto = model(
            "DeformConv",
            19,
            feeds,
            group=2,
            offset_group=2,
            strides=[2, 3],
            dilations=[1, 2],
            pads=[1, 0, 1, 1],
        )
    actual, expected = outputs(proto, feeds)
    assert actual.shape == (n, 6, h, w)
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("corners", [0, 1])
@pytest.mark.parametrize("size", [(2, 3, 4, 5), (1, 2, 3, 4, 5)])
def test_affine_grid(size: tuple[int, ...], corners: int) -> None:
    rank = len(size) - 2
    feeds = {"theta": normal(size[0], rank, rank + 1)}
    proto = model(
        "AffineGrid", 20, feeds, {"size": np.array(size, np.int64)}, align_corners=corners
    )
    actual, expected = outputs(proto, feeds)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
