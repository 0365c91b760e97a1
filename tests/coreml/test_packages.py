"""What a package says: interface, images, labels, metadata, weights, versions."""

from __future__ import annotations

import json
import subprocess
import sys

import coremltools
import numpy as np
import onnx
import onnx.parser
import pytest
from coremltools.proto import FeatureTypes_pb2

import edgert
from edgert.errors import CompileError, InputError, UnsupportedOpError
from edgert.preprocess import Preprocess
from edgert_compiler.progress import NoProgress
from edgert_compiler.quantization.weights import quantize_weights, weight_params
from edgert_targets.coreml.mil.ops.registry import find
from tests.coreml.evaluator import load
from tests.coreml.packages import compiled, run

RNG = np.random.default_rng(7)
WEIGHTS = RNG.standard_normal((8, 3, 3, 3)).astype(np.float32)
MATRIX = RNG.standard_normal((8, 10)).astype(np.float32)

CLASSIFIER = """
<ir_version: 9, opset_import: ["" : 17]>
classify (float[1, 3, 12, 16] image) => (float[1, 10] scores) {
  features = Conv <pads: ints = [1, 1, 1, 1]> (image, conv_weights)
  active = Relu (features)
  pooled = GlobalAveragePool (active)
  flat = Flatten (pooled)
  logits = MatMul (flat, matrix)
  scores = Softmax (logits)
}
"""


def model(text: str, **constants: np.ndarray) -> onnx.ModelProto:
    proto = onnx.parser.parse_model(text)
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(array, name) for name, array in constants.items()
    )
    return proto


@pytest.fixture(scope="module")
def classifier() -> onnx.ModelProto:
    return model(CLASSIFIER, conv_weights=WEIGHTS, matrix=MATRIX)


@pytest.fixture(scope="module")
def reference(classifier):
    import onnxruntime

    session = onnxruntime.InferenceSession(classifier.SerializeToString())
    return lambda image: session.run(None, {"image": image})[0]


def test_coremltools_reloads_it(classifier, tmp_path):
    compiled(classifier, tmp_path)
    reloaded = coremltools.models.MLModel(str(tmp_path / "model.mlpackage"), skip_model_load=True)
    (image,) = reloaded.get_spec().description.input
    (scores,) = reloaded.get_spec().description.output
    assert (image.name, scores.name) == ("image", "scores")
    assert list(image.type.multiArrayType.shape) == [1, 3, 12, 16]
    assert list(scores.type.multiArrayType.shape) == [1, 10]
    for feature in (image, scores):
        assert feature.type.multiArrayType.dataType == FeatureTypes_pb2.ArrayFeatureType.FLOAT32


def test_the_same_model_gives_the_same_bytes(classifier):
    first, second = (edgert.compile(classifier, target="coreml") for _ in range(2))
    assert first.files == second.files
    assert first.bundle == b""


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", np.float32), ("fp16", np.float16)])
def test_float_weights_are_stored_bit_by_bit(classifier, tmp_path, precision, dtype):
    _, package = compiled(classifier, tmp_path, precision=precision)
    stored = package.constants().values()
    for weights in (WEIGHTS, MATRIX.T):
        wanted = weights.astype(dtype)
        assert any(np.array_equal(array, wanted) and array.dtype == dtype for array in stored)


@pytest.mark.parametrize("ios", ["16", "17", "18"])
def test_int8_weights_are_stored_bit_by_bit(classifier, tmp_path, ios):
    report, package = compiled(classifier, tmp_path, ios, precision="int8")
    assert report.precision == "int8 weights"
    name = {"18": "constexpr_blockwise_shift_scale"}.get(ios, "constexpr_affine_dequantize")
    assert package.operations().count(name) == 2
    stored = package.constants().values()
    for weights in (WEIGHTS, MATRIX.T):
        wanted = quantize_weights(weights, weight_params(weights, 0))
        assert any(np.array_equal(array, wanted) and array.dtype == np.int8 for array in stored)


@pytest.mark.parametrize(
    ("options", "version"),
    [({"precision": "fp16"}, 6), ({"precision": "fp32"}, 6), ({}, 7)],
)
def test_auto_is_the_oldest_version_that_can(classifier, tmp_path, options, version):
    _, package = compiled(classifier, tmp_path, **options)
    assert package.spec.specificationVersion == version


def test_calibration_makes_activations_int8(classifier, reference, tmp_path):
    feeds = [{"image": RNG.standard_normal((1, 3, 12, 16)).astype(np.float32)} for _ in range(4)]
    report, package = compiled(classifier, tmp_path, calibration=feeds)
    assert report.precision == "int8"
    assert package.spec.specificationVersion == 8
    assert {"quantize", "dequantize"} <= set(package.operations())
    image = feeds[0]["image"]
    (scores,) = run(package, [image])
    np.testing.assert_allclose(scores, reference(image), atol=0.02)
    bundle = edgert.compile(classifier, calibration=feeds).bundle
    (own,) = edgert.InferenceSession(bundle).run(None, {"image": image})
    np.testing.assert_allclose(scores, own, atol=0.01)


@pytest.mark.parametrize("ios", ["17", "18"])
def test_quantized_models_stay_as_they_were_quantized(ios, tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[1, 3, 12, 16] x) => (float[1, 8, 10, 14] y)
    <float s = {0.05}, uint8 z = {120}, float t = {0.1}, uint8 u = {128}, int8 zero = {0}> {
      xq = QuantizeLinear (x, s, z)
      xd = DequantizeLinear (xq, s, z)
      wd = DequantizeLinear (wq, ws, zero)
      c = Conv (xd, wd)
      cq = QuantizeLinear (c, t, u)
      y = DequantizeLinear (cq, t, u)
    }
    """
    stored = RNG.integers(-127, 128, (8, 3, 3, 3), dtype=np.int8)
    scale = np.array(0.01, np.float32)
    report, package = compiled(model(text, wq=stored, ws=scale), tmp_path, ios)
    assert report.precision == "int8"
    assert package.operations().count("quantize") == 2  # the output, too, as the model says
    assert any(np.array_equal(array, stored) for array in package.constants().values())


def test_int8_activations_need_a_version_that_has_them(classifier, tmp_path):
    feeds = [{"image": np.zeros((1, 3, 12, 16), np.float32)}]
    with pytest.raises(CompileError, match="leave the data out"):
        compiled(classifier, tmp_path, "16", calibration=feeds)
    with pytest.raises(CompileError, match="int8 weights need iOS 16"):
        compiled(classifier, tmp_path, "15", precision="int8")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("channels", ["rgb", "bgr"])
def test_images_go_in_as_pixels(classifier, reference, tmp_path, channels):
    spec = f"imagenet resize=none channels={channels}"
    _, package = compiled(classifier, tmp_path, precision="fp32", preprocess=spec)
    (image,) = package.spec.description.input
    assert (image.type.imageType.width, image.type.imageType.height) == (16, 12)
    color = FeatureTypes_pb2.ImageFeatureType.ColorSpace.Name(image.type.imageType.colorSpace)
    assert color == channels.upper()
    pixels = RNG.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    expected = reference(Preprocess.parse(spec).for_shape((1, 3, 12, 16)).apply(pixels))
    # Core ML hands over the channels in the declared order.
    ordered = pixels if channels == "rgb" else pixels[..., ::-1]
    (scores,) = run(package, [ordered.transpose(2, 0, 1)[None]])
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    stored = Preprocess.from_json(
        package.spec.description.metadata.userDefined["edgert.preprocess"]
    )
    assert stored.channels == channels


def test_images_for_channels_last_models(tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[1, 4, 5, 3] x) => (float[1, 4, 5, 3] y) { y = Relu (x) }
    """
    spec = "signed resize=none"
    _, package = compiled(model(text), tmp_path, precision="fp32", preprocess=spec)
    pixels = RNG.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    (y,) = run(package, [pixels.transpose(2, 0, 1)[None]])
    np.testing.assert_allclose(y[0], np.maximum(pixels / 127.5 - 1, 0), atol=1e-5)


def test_labels_make_a_classifier(classifier, reference, tmp_path):
    labels = [f"label {index}" for index in range(10)]
    _, package = compiled(classifier, tmp_path, labels=labels)
    description = package.spec.description
    assert description.predictedFeatureName == "classLabel"
    assert package.spec.mlProgram.ByteSize() > 0
    image = RNG.standard_normal((1, 3, 12, 16)).astype(np.float32)
    label, scores = run(package, [image])
    assert label == labels[int(reference(image).argmax())]
    np.testing.assert_allclose(list(scores.values()), reference(image)[0], atol=0.02)


def test_labels_must_fit_an_output(classifier, tmp_path):
    with pytest.raises(CompileError, match=r"of 3 labels, 0 outputs.*\[1, 10\]"):
        compiled(classifier, tmp_path, labels=["a", "b", "c"])


def test_metadata(tmp_path):
    proto = model(CLASSIFIER, conv_weights=WEIGHTS, matrix=MATRIX)
    onnx.helper.set_model_props(proto, {"author": "Ada", "license": "MIT", "stride": "8"})
    proto.model_version = 3
    _, package = compiled(proto, tmp_path)
    metadata = package.spec.description.metadata
    assert (metadata.author, metadata.license, metadata.versionString) == ("Ada", "MIT", "3")
    assert metadata.userDefined["edgert.compiler"] == edgert.__version__
    assert len(metadata.userDefined["edgert.source_sha256"]) == 64
    assert json.loads(metadata.userDefined["edgert.model_properties"])["stride"] == "8"


def test_names_become_identifiers(tmp_path):
    node = onnx.helper.make_node("Relu", ["0/x:0"], ["state"])
    ports = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2])
        for name in ("0/x:0", "state")
    ]
    graph = onnx.helper.make_graph([node], "g", ports[:1], ports[1:])
    proto = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    report, package = compiled(proto, tmp_path)
    assert list(package.inputs) == ["var_0_x_0"]
    assert list(package.block.outputs) == ["state_"]
    stored = package.spec.description.metadata.userDefined["edgert.names"]
    assert json.loads(stored) == {"0/x:0": "var_0_x_0", "state": "state_"}
    assert any("'0/x:0' is 'var_0_x_0'" in note for note in report.notes)


def test_integers_and_bools_are_int32(tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (int64[3] x, bool[3] keep) => (int64[3] y, bool[3] large)
    <int64[1] one = {1}> { s = Add (x, one) y = Where (keep, s, x) large = Greater (y, x) }
    """
    _, package = compiled(model(text), tmp_path)
    assert all(dtype == np.int32 for _, dtype in package.inputs.values())
    y, large = run(package, [[1, 2, 3], [True, False, True]])
    np.testing.assert_array_equal(y, [2, 2, 4])
    np.testing.assert_array_equal(large, [1, 0, 1])


def test_bools_are_gathered(tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (bool[2, 3] mask, int64[4] places) => (bool[2, 4] y)
    { y = Gather <axis = 1> (mask, places) }
    """
    _, package = compiled(model(text), tmp_path)
    (y,) = run(package, [[[True, False, True], [False, False, True]], [2, 1, -3, 0]])
    np.testing.assert_array_equal(y, [[1, 0, 1, 1], [1, 0, 0, 0]])


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_gathered_integers_are_dequantized(precision, tmp_path):
    """As in transformers that onnxruntime quantized: the table stays uint8, its rows are floats."""
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (int64[2] tokens) => (float[2, 3] y)
    <uint8[2, 3] table = {0, 100, 200, 255, 128, 1}, float s = {0.5}, uint8 z = {128}>
    { row = Gather (table, tokens) y = DequantizeLinear (row, s, z) }
    """
    _, package = compiled(model(text), tmp_path, precision=precision)
    (y,) = run(package, [[1, 0]])
    np.testing.assert_array_equal(y, [[63.5, 0, -63.5], [-64, -14, 36]])


def test_sums_beyond_half_precision_stay_finite(tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[1, 1024] x) => (float[1, 1] mean)
    <int64[1] axes = {1}, float n = {1024.0}> { total = ReduceSum (x, axes) mean = Div (total, n) }
    """
    _, package = compiled(model(text), tmp_path, precision="fp16")
    (mean,) = run(package, [np.full((1, 1024), 1000.0, np.float32)])
    np.testing.assert_allclose(mean, 1000.0, rtol=1e-3)


@pytest.mark.parametrize(
    "nodes",
    ["shifted = Add (x, tiny) y = Log (shifted)", "e = Elu <alpha: float = 1e-9> (x) y = Log (e)"],
)
def test_constants_beyond_half_precision_widen_their_node(nodes, tmp_path):
    text = f"""
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[4] x) => (float[4] y) <float tiny = {{1e-12}}> {{ {nodes} }}
    """
    report, package = compiled(model(text), tmp_path, precision="fp16")
    assert any("compute in float32" in note for note in report.notes)
    (y,) = run(package, [np.array([1e-3, 1, 2, 3], np.float32)])
    np.testing.assert_allclose(y, np.log([1e-3, 1, 2, 3]), atol=2e-3)


def test_each_factor_beyond_half_precision_widens_its_node(tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[2] x) => (float[2] y) <float[2] offset = {1.0, 1e12}, float[2] scale = {0.5, 1e-12}>
    { centred = Sub (x, offset) y = Mul (centred, scale) }
    """
    _, package = compiled(model(text), tmp_path, precision="fp16")
    (y,) = run(package, [np.array([3, 7], np.float32)])
    np.testing.assert_allclose(y, [1, -1], atol=1e-3)


def test_every_obstacle_is_listed(tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[1, 2, 6, 6] x) => (float[1, 2, 12, 12] y) <float[4] scales = {1, 1, 2, 2}> {
      a = Asinh (x)
      p = MaxPool <kernel_shape: ints = [2, 2], dilations: ints = [2, 2],
                   pads: ints = [1, 1, 1, 1]> (a)
      y = Resize <mode: string = "cubic"> (p, , scales)
    }
    """
    with pytest.raises(UnsupportedOpError) as caught:
        compiled(model(text), tmp_path)
    message = str(caught.value)
    for reason in (
        "(Asinh, opset 17): edgert has no form of it for Core ML",
        "Core ML has no dilated pools",
        "mode cubic with coordinates half_pixel has no counterpart in MIL",
    ):
        assert reason in message
    assert list(tmp_path.iterdir()) == []


def test_a_missing_coremltools_is_named(classifier, monkeypatch):
    monkeypatch.setitem(sys.modules, "coremltools.libmilstoragepython", None)
    with pytest.raises(edgert.Error, match=r"pip install 'edgert\[coreml\]'"):
        edgert.compile(classifier, target="coreml")


def test_scalar_inputs_are_refused(tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (float x) => (float[1] y) <int64[1] shape = {1}> { y = Reshape (x, shape) }
    """
    with pytest.raises(CompileError, match="'x' is a scalar"):
        compiled(model(text), tmp_path)


def test_images_for_a_model_without_images_are_refused(tmp_path):
    text = """
    <ir_version: 9, opset_import: ["" : 17]>
    net (float[4] x) => (float[4] y) { y = Relu (x) }
    """
    with pytest.raises(InputError):
        compiled(model(text), tmp_path, preprocess="imagenet")


def test_other_suffixes_are_refused(classifier, tmp_path):
    with pytest.raises(CompileError, match=r"'\.mlpackage'"):
        edgert.compile(classifier, target="coreml", output=tmp_path / "m.mlmodel")


def test_a_compilation_that_fails_leaves_the_old_package(classifier, tmp_path):
    compiled(classifier, tmp_path)
    before = (tmp_path / "model.mlpackage" / "Manifest.json").read_bytes()

    class Fail(NoProgress):
        def stage(self, name: str) -> None:
            if name == "write":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compiled(classifier, tmp_path, precision="fp32", progress=Fail())
    assert (tmp_path / "model.mlpackage" / "Manifest.json").read_bytes() == before
    compiled(classifier, tmp_path, precision="fp32")
    assert (tmp_path / "model.mlpackage" / "Manifest.json").read_bytes() != before
    assert [path.name for path in tmp_path.iterdir()] == ["model.mlpackage"]


def test_what_coremltools_refuses_is_an_error_that_names_the_node(classifier, monkeypatch):
    def refuse(self, node, context):
        context.make("reshape", x=context.input(node, 0), shape=(7,))

    monkeypatch.setattr(type(find("Relu")), "lower", refuse)
    with pytest.raises(CompileError, match=r"node '.*' \(Relu\): coremltools cannot express it"):
        edgert.compile(classifier, target="coreml")


def test_command_line(classifier, tmp_path):
    onnx.save(classifier, tmp_path / "m.onnx")
    command = [sys.executable, "-m", "edgert"]
    target = ["--target", "coreml", "--target-option", "ios=17"]
    checked = subprocess.run([*command, "check", tmp_path / "m.onnx", *target], check=False)
    assert checked.returncode == 0
    made = subprocess.run(
        [*command, "compile", tmp_path / "m.onnx", *target, "--precision", "fp16", "--json"],
        capture_output=True,
        check=True,
    )
    assert json.loads(made.stdout)["precision"] == "fp16"
    assert made.stderr == b""
    assert load(tmp_path / "m.mlpackage").spec.specificationVersion == 8
