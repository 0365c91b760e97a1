"""Int8 and dynamic lowering: near the float result, and the same bits as docs/kernels.md says."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

import edgert
from edgert_compiler import pipeline
from edgert_compiler.bundles import lower_model
from edgert_compiler.progress import NoProgress
from tests.interpreter import run

RNG = np.random.default_rng(7)


def array(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def model(nodes, x: tuple[int, ...], constants: dict[str, np.ndarray]) -> onnx.ModelProto:
    """A graph from `x` to `y`, whose shape onnx infers."""
    proto = helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", 1, x)],
            [helper.make_tensor_value_info("y", 1, None)],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    return onnx.shape_inference.infer_shapes(proto)


def node(op: str, *inputs: str, out: str = "y", **attributes) -> onnx.NodeProto:
    return helper.make_node(op, list(inputs), [out], **attributes)


def conv(out: str = "a", weights: str = "w", source: str = "x", **attributes) -> onnx.NodeProto:
    return node("Conv", source, weights, "b", out=out, **attributes)


def activated(name: str, **attributes):
    """A convolution, the activation, and a convolution that reads it."""
    nodes = [conv(), node(name, "a", out="c", **attributes), node("Conv", "c", "v")]
    return nodes, (1, 5, 9, 8), {"w": array(18, 5, 3, 3), "b": array(18), "v": array(7, 18, 1, 1)}


CASES = {
    "conv": (
        [conv("y", pads=[1, 1, 1, 1], strides=[2, 2])],
        (1, 3, 11, 9),
        {"w": array(20, 3, 3, 3), "b": array(20)},
    ),
    "grouped, dilated": (
        [conv("y", group=2, dilations=[2, 1])],
        (2, 6, 9, 9),
        {"w": array(10, 3, 3, 2), "b": array(10)},
    ),
    "depthwise": (
        [conv("y", group=19, pads=[0, 1, 2, 0])],
        (1, 19, 7, 8),
        {"w": array(19, 1, 3, 3), "b": array(19)},
    ),
    "depthwise with multiplier": (
        [conv("y", group=4)],
        (1, 4, 7, 8),
        {"w": array(8, 1, 3, 3), "b": array(8)},
    ),
    "conv1d": ([conv("y", pads=[1, 0])], (1, 4, 21), {"w": array(9, 4, 3), "b": array(9)}),
    "transposed": (
        [
            node(
                "ConvTranspose",
                "x",
                "w",
                "b",
                strides=[2, 3],
                pads=[1, 0, 0, 1],
                group=2,
                dilations=[1, 2],
            )
        ],
        (1, 6, 5, 4),
        {"w": array(6, 4, 3, 2), "b": array(8)},
    ),
    "conv3d": (
        [conv("y", pads=[1, 1, 0, 1, 0, 1], strides=[2, 1, 2], dilations=[1, 2, 1])],
        (2, 3, 5, 7, 6),
        {"w": array(20, 3, 3, 2, 3), "b": array(20)},
    ),
    "conv3d, dilated depth, no padding taps": (
        [conv("y", pads=[4, 0, 0, 4, 0, 0], dilations=[2, 1, 1])],
        (1, 2, 3, 4, 4),
        {"w": array(5, 2, 2, 1, 1), "b": array(5)},
    ),
    "conv3d depthwise": (
        [conv("y", group=18, pads=[1, 1, 1, 1, 1, 1])],
        (1, 18, 4, 5, 6),
        {"w": array(18, 1, 3, 3, 3), "b": array(18)},
    ),
    "conv3d transposed": (
        [
            node(
                "ConvTranspose",
                "x",
                "w",
                "b",
                strides=[2, 3, 1],
                pads=[1, 0, 0, 0, 1, 1],
                dilations=[3, 1, 2],
                output_padding=[1, 0, 0],
            )
        ],
        (2, 6, 3, 4, 4),
        {"w": array(6, 8, 3, 3, 2), "b": array(8)},
    ),
    "residual and pools of volumes": (
        [
            conv("a", pads=[1, 1, 1, 1, 1, 1]),
            conv("c", "v", "a", pads=[1, 1, 1, 1, 1, 1]),
            node("Add", "c", "a", out="d"),
            node("Relu", "d", out="e"),
            node("MaxPool", "e", out="f", kernel_shape=[2, 2, 2], strides=[2, 2, 2]),
            node("AveragePool", "f", kernel_shape=[2, 1, 3]),
        ],
        (1, 3, 6, 6, 8),
        {"w": array(8, 3, 3, 3, 3), "v": array(8, 8, 3, 3, 3), "b": array(8)},
    ),
    "fully connected": (
        [node("Gemm", "x", "w", "b", transB=1)],
        (3, 37),
        {"w": array(10, 37), "b": array(10)},
    ),
    "relu": activated("Relu"),
    "leaky_relu": activated("LeakyRelu", alpha=0.2),
    "hard_swish": activated("HardSwish"),
    "sigmoid": activated("Sigmoid"),
    "residual": (
        [
            conv("a", pads=[1, 1, 1, 1]),
            conv("c", "v", "a", pads=[1, 1, 1, 1]),
            node("Add", "c", "a", out="d"),
            node("Relu", "d", out="e"),
            conv("y", "v", "e"),
        ],
        (1, 5, 6, 6),
        {"w": array(8, 5, 3, 3), "v": array(8, 8, 3, 3), "b": array(8)},
    ),
    "pools and concat": (
        [
            conv("a"),
            node("MaxPool", "a", out="c", kernel_shape=[2, 2]),
            node("AveragePool", "a", out="d", kernel_shape=[2, 2]),
            node("Concat", "c", "d", out="e", axis=1),
            node("Conv", "e", "v"),
        ],
        (1, 5, 9, 8),
        {"w": array(6, 5, 3, 3), "b": array(6), "v": array(4, 12, 1, 1)},
    ),
}


def reference(proto: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(proto.SerializeToString()).run(None, {"x": x})[0]


@pytest.mark.parametrize("mode", ["static", "dynamic", "float"])
@pytest.mark.parametrize("case", CASES)
def test_layer(case: str, mode: str) -> None:
    nodes, shape, constants = CASES[case]
    proto = model(nodes, shape, constants)
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    options = pipeline.Options(
        quantize=mode != "float", calibration=[{"x": x}] if mode == "static" else None
    )
    compiled = pipeline.compile_source(proto, options, NoProgress())
    native = edgert.InferenceSession(compiled.artifact.data).run(None, {"x": x})[0]
    expected = reference(proto, x)
    assert native.shape == expected.shape
    error = np.abs(native - expected).max() / np.abs(expected).max()
    assert error < (1e-5 if mode == "float" else 0.06)
    (variant,) = compiled.variants
    written_twice = run(lower_model(variant.model, variant.plan), {"x": x})[0]
    if mode == "static":
        np.testing.assert_array_equal(native, written_twice)
    else:
        np.testing.assert_allclose(native, written_twice, rtol=1e-4, atol=1e-4)


def test_static_layers_compute_in_int8() -> None:
    nodes, shape, constants = CASES["residual"]
    x = array(*shape)
    report = edgert.compile(model(nodes, shape, constants), calibration=[{"x": x}])
    assert report.precision == "int8"
    assert report.kernels["conv2d_s8"] == 3
    assert set(report.kernels) <= {"conv2d_s8", "elementwise", "strided_copy"}
    assert all(entry.precision == "int8" for entry in report.nodes)
