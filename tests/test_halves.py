"""Weights in half precision: `--precision fp16` of every target."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

import edgert
from edgert.bundle import BundleReader
from edgert.errors import CompileError
from edgert_compiler.halves import to_halves
from edgert_targets import base, find
from tests.small_model import save_small_model

RNG = np.random.default_rng(5)
IMAGE = RNG.normal(size=(1, 3, 33, 29)).astype(np.float32)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("halves") / "small.onnx"
    save_small_model(path)
    return path


def compiled(model, target="host", precision="fp16", **options):
    return edgert.compile(model, target=target, precision=precision, **options)


def run(data: bytes) -> np.ndarray:
    session = edgert.InferenceSession(data)
    return session.run(None, {"input": IMAGE})[0]


def onnx_run(model: onnx.ModelProto | bytes) -> np.ndarray:
    data = model if isinstance(model, bytes) else model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": IMAGE})[0]


def rounded(path) -> onnx.ModelProto:
    """The model with the elements that its weights have in float16; biases as they were."""
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.ndim > 1:
            halves = array.astype(np.float16).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(halves, tensor.name))
    return model


def test_elements_are_rounded_half_to_even_and_subnormal_ones_kept():
    array = np.array([1 + 2**-11, 1 + 3 * 2**-11, -(2.0**-24), 65504, np.inf], np.float32)
    halves = to_halves(array)
    assert halves.dtype == np.float16
    assert halves.tolist() == [1, 1 + 2**-9, -(2.0**-24), 65504, np.inf]


@pytest.mark.parametrize(
    "array",
    [[1, 65520], [1e-6, -2e-6], [2.0**-26]],
    ids=["too large", "too small", "zero when rounded"],
)
def test_elements_beyond_the_range_are_not_stored(array):
    assert to_halves(np.array(array, np.float32)) is None


def test_small_elements_beside_others_may_lose_digits():
    assert to_halves(np.array([1e-6, 1], np.float32)) is not None


def test_a_bundle_has_half_the_size_and_rounds_nothing_but_weights(small):
    whole, half = compiled(small, precision="fp32"), compiled(small)
    assert half.precision == "fp16"
    assert half.constants_bytes < 0.53 * whole.constants_bytes
    assert half.kernels == whole.kernels
    assert half.arena_bytes == whole.arena_bytes
    assert any("stored in float16" in note for note in half.notes)
    np.testing.assert_allclose(run(half.bundle), onnx_run(rounded(small)), rtol=0, atol=1e-5)
    np.testing.assert_allclose(run(half.bundle), onnx_run(onnx.load(small)), rtol=0, atol=1e-2)


def test_an_onnx_file_has_half_the_size_and_rounds_nothing_but_weights(small):
    whole, half = compiled(small, "onnx", "fp32"), compiled(small, "onnx")
    assert half.precision == "fp16"
    assert half.constants_bytes < 0.53 * whole.constants_bytes
    np.testing.assert_allclose(onnx_run(half.bundle), onnx_run(rounded(small)), rtol=0, atol=1e-5)
    np.testing.assert_array_equal(run(compiled(half.bundle).bundle), run(compiled(small).bundle))


def test_a_tflite_file_has_half_the_size_and_rounds_nothing_but_weights(small):
    whole, half = compiled(small, "tflite", "fp32"), compiled(small, "tflite")
    assert half.precision == "fp16"
    assert half.constants_bytes < 0.53 * whole.constants_bytes
    image = IMAGE.transpose(0, 2, 3, 1)
    again = edgert.InferenceSession(compiled_file(half.bundle)).run(None, {"input": image})[0]
    np.testing.assert_allclose(again, onnx_run(rounded(small)), rtol=0, atol=1e-5)
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    runner = interpreter.Interpreter(model_content=half.bundle).get_signature_runner()
    [output] = runner(input=image).values()
    np.testing.assert_allclose(output, onnx_run(rounded(small)), rtol=0, atol=1e-5)


def compiled_file(data: bytes) -> bytes:
    return edgert.compile(data, precision="fp32").bundle


def test_every_target_offers_it():
    assert all("fp16" in target.precisions for target in base.all_targets().values())


def test_a_target_may_offer_less():
    class OnlyFloat(type(find("host"))):
        precisions = ("fp32",)

    target = OnlyFloat("float", "", "none", (), 1, 1)
    with pytest.raises(
        CompileError, match="'float' does not compute in fp16; use precision 'fp32'"
    ):
        target.check("fp16", {})


MODEL = """<ir_version: 8, opset_import: ["" : 17]>
    n (float[1, 8] x) => (float[1, 8] y, float[1, 8] z) { y = MatMul (x, w)  z = MatMul (x, v) }"""


@pytest.mark.parametrize("target", ["host", "onnx", "tflite"])
def test_weights_beyond_float16_stay_as_they_are(target):
    model = onnx.parser.parse_model(MODEL)
    w = RNG.normal(size=(8, 8)).astype(np.float32)
    v = 1e6 * w
    model.graph.initializer.extend(
        numpy_helper.from_array(a, name) for a, name in ((w, "w"), (v, "v"))
    )
    for index, node in enumerate(model.graph.node):
        node.name = "yz"[index]
    report = compiled(model, target)
    assert "weights stay in float32, as float16 does not hold their range: 'z'" in report.notes
    data = report.bundle if target == "host" else compiled_file(report.bundle)
    y, z = edgert.InferenceSession(data).run(None, {"x": np.eye(1, 8, dtype=np.float32)})
    np.testing.assert_array_equal(y[0], w[0].astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(z[0], v[0])


def test_a_model_without_weights_says_so():
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> n (float[2] x) => (float[2] y) { y = Abs (x) }'
    )
    report = compiled(model)
    assert "the model has no weights to store in float16" in report.notes
    assert BundleReader(report.bundle).root.halves_count == 0


def test_sets_of_shapes_share_the_halves():
    model = onnx.parser.parse_model(
        MODEL.replace("1, 8", "N, 8").replace("z = MatMul (x, v)", "z = Relu (x)")
    )
    w = RNG.normal(size=(8, 8)).astype(np.float32)
    model.graph.initializer.append(numpy_helper.from_array(w, "w"))
    one = compiled(model, input_shapes={"x": (1, 8)})
    two = compiled(model, input_shapes=[{"x": (1, 8)}, {"x": (3, 8)}])
    sizes = [BundleReader(report.bundle).root.halves_count for report in (one, two)]
    assert sizes[0] == sizes[1] > 0
    session = edgert.InferenceSession(two.bundle)
    for rows in (1, 3):
        x = RNG.normal(size=(rows, 8)).astype(np.float32)
        wanted = x @ w.astype(np.float16).astype(np.float32)
        np.testing.assert_allclose(session.run(None, {"x": x})[0], wanted, rtol=0, atol=1e-5)


def test_quantized_models_are_computed_in_float(small):
    quantized = compiled(small, "onnx", "int8", calibration=[{"input": IMAGE}])
    report = compiled(quantized.bundle)
    assert "the Q/DQ nodes of the model were left out, as fp16 was asked for" in report.notes
    assert report.precision == "fp16"
    assert not any("s8" in kernel for kernel in report.kernels)
