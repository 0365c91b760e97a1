"""`--precision fp16` of targets that compute in it. Here the scalar kernels run, which add up in
float; tests/arm has those of the CPUs that it is for.
"""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import edgert
from edgert_targets import all_targets
from tests.runtime.models import MODELS, feed
from tests.small_model import save_small_model

RNG = np.random.default_rng(6)
IN_HALVES = ("conv2d_f16", "depthwise_conv2d_f16")


def compiled(model, **options):
    return edgert.compile(model, target="arm64-fp16", precision="fp16", **options)


def run(bundle: bytes, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    return edgert.InferenceSession(bundle).run(None, inputs)


def model(body: str, **weights: np.ndarray) -> onnx.ModelProto:
    """`y` from `x`, both images of 8 x 8 pixels."""
    parsed = onnx.parser.parse_model(f"""<ir_version: 8, opset_import: ["" : 17]>
        net (float[1, 8, 8, 8] x) => (float y) {{ {body} }}""")
    parsed.graph.initializer.extend(numpy_helper.from_array(a, n) for n, a in weights.items())
    for node in parsed.graph.node:
        node.name = node.output[0]
    return onnx.shape_inference.infer_shapes(parsed)


def weights(outputs: int, inputs: int = 8, kernel: int = 1) -> np.ndarray:
    array = RNG.normal(size=(outputs, inputs, kernel, kernel)) / np.sqrt(inputs * kernel**2)
    return array.astype(np.float32)


def check(source: onnx.ModelProto, tolerance: float = 1e-2) -> edgert.CompileReport:
    """Compares with float32; returns the report."""
    x = {"x": RNG.normal(size=(1, 8, 8, 8)).astype(np.float32)}
    report = compiled(source)
    [expected] = run(edgert.compile(source, precision="fp32").bundle, x)
    [found] = run(report.bundle, x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())
    return report


def test_a_whole_network_computes_in_halves(tmp_path):
    save_small_model(tmp_path / "small.onnx")
    half = compiled(tmp_path / "small.onnx")
    whole = edgert.compile(tmp_path / "small.onnx", precision="fp32")
    assert half.precision == "fp16"
    assert sum(half.kernels[kernel] for kernel in IN_HALVES) == 9
    assert not any(kernel.replace("f16", "f32") in half.kernels for kernel in IN_HALVES)
    assert "9 of 9 convolutions compute in float16" in half.notes
    assert half.arena_bytes < 0.6 * whole.arena_bytes
    assert half.bundle_bytes < 0.6 * whole.bundle_bytes
    image = {"input": RNG.normal(size=(1, 3, 33, 29)).astype(np.float32)}
    [expected], [found] = run(whole.bundle, image), run(half.bundle, image)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-2 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("body", "conversions"),
    [
        ("a = Conv(x, w1)  b = Relu(a)  y = Conv(b, w2)", 2),
        ("a = Conv(x, w1)  b = Conv(a, w2)  y = Add(a, b)", 2),
        ("a = Conv(x, w1)  b = Conv(x, w2)  c = Concat<axis=1>(a, b)  y = Conv(c, w3)", 2),
        ("a = Conv(x, w1)  b = MaxPool<kernel_shape=[2,2], strides=[2,2]>(a)  y = Conv(b, w2)", 4),
        ("a = Conv(x, w1)  b = Sin(a)  c = Cos(a)  d = Mul(b, c)  y = Conv(d, w2)", 3),
        ("a = Conv(x, w1)  b = HardSigmoid(a)  y = Mul(a, b)", 2),
        ("a = Conv(x, w1)  b = Transpose<perm=[0,1,3,2]>(a)  y = Conv(b, w2)", 2),
        ("a = Relu(x)  y = Sin(a)", 1),
    ],
)
def test_results_between_products_are_halves_where_all_takes_them(body, conversions):
    """conversions: calls of `elementwise`, those of the operators included."""
    arrays = {"w1": weights(8), "w2": weights(8), "w3": weights(4, 16)}
    report = check(model(body, **{name: w for name, w in arrays.items() if name in body}))
    assert report.kernels.get("elementwise", 0) == conversions
    assert report.kernels.get("conv2d_f16", 0) == body.count("Conv(")


def test_products_beyond_float16_stay_in_float32():
    body = "a = Conv(x, w1)  b = Conv(a, w2)  y = Conv(b, w3)"
    report = check(model(body, w1=weights(8), w2=1e6 * weights(8), w3=1e-6 * weights(8)))
    assert report.kernels["conv2d_f32"] == 2
    assert "1 of 3 convolutions compute in float16" in report.notes
    assert "weights stay in float32, as float16 does not hold their range: 'b', 'y'" in report.notes


def test_large_depthwise_kernels_stay_in_float32():
    body = "y = Conv<group=8, pads=[6,6,6,6]>(x, w)"
    report = check(model(body, w=weights(8, 1, 13)))
    assert report.kernels["depthwise_conv2d_f32"] == 1


@pytest.mark.parametrize("name", ["convolutions", "attention", "products", "control_flow"])
def test_models_of_every_kind(name):
    source = MODELS[name]()
    inputs = feed(source)
    expected = run(edgert.compile(source, precision="fp32").bundle, inputs)
    for found, wanted in zip(run(compiled(source).bundle, inputs), expected):
        if wanted.dtype == np.float32:
            spread = np.abs(wanted).max() + 1e-6
            np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-2 * spread)
        else:
            assert found.shape == wanted.shape


def test_which_targets_compute_in_halves():
    computing = [t.name for t in all_targets().values() if getattr(t, "half_arithmetic", False)]
    assert computing == ["arm64-fp16", "rpi5"]
