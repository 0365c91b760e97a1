"""Saved packages of real models, evaluated, against onnxruntime."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from edgert.preprocess import Preprocess
from tests.coreml.packages import compiled, run

ZOO = Path(os.environ.get("EDGERT_ZOO", "nowhere"))
MODELS, CIFAR = ZOO / "models", ZOO / "data" / "cifar10"
CONVOLUTIONAL = (
    "deeplabv3_mnv2_257_voc",
    "espcn_x3_superres",
    "ldc_edge_360x640",
    "mobilenet_edgetpu_100_imagenet",
    "mobilenet_v2_100_imagenet",
    "nanodet_m_416_coco",
    "resnet20_cifar10",
    "squeezenet1_1_imagenet",
    "yunet_n_320_face",
)
OTHERS = (
    "dtln_1_noise_suppression",
    "dtln_2_noise_suppression",
    "kwt1_speech_commands",
    "magika_v3_3_static",
    "silero_vad_16k_static",
    "wine_white_mlp",
)

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="EDGERT_ZOO is not set")


class Reference:
    """A model in onnxruntime, with inputs of the kind it was trained on as far as noise can be."""

    def __init__(self, name: str) -> None:
        self.path = MODELS / f"{name}.onnx"
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        self.session = onnxruntime.InferenceSession(self.path, options)

    def feed(self, seed: int) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        return {value.name: self._array(value, rng) for value in self.session.get_inputs()}

    @staticmethod
    def _array(value, rng) -> np.ndarray:
        shape = [dim if isinstance(dim, int) else 1 for dim in value.shape]
        if value.type == "tensor(int32)":
            return rng.integers(0, 256, shape).astype(np.int32)
        return rng.standard_normal(shape).astype(np.float32)


def worst_error(name: str, folder, ios: str = "auto", **options) -> float:
    """The largest difference of any output, relative to the largest value of that output."""
    reference = Reference(name)
    _, package = compiled(reference.path, folder, ios, **options)
    feed = reference.feed(0)
    expected = reference.session.run(None, feed)
    outputs = run(package, feed.values())
    errors = []
    for output, wanted in zip(outputs, expected):
        assert output.shape == wanted.shape
        # Probabilities next to zero are compared as probabilities.
        scale = max(np.abs(wanted).max(), 1e-2)
        errors.append(np.abs(output - wanted).max() / scale)
    assert len(outputs) == len(expected)
    return float(max(errors))


@pytest.mark.parametrize("name", CONVOLUTIONAL + OTHERS)
def test_float32(name, tmp_path):
    assert worst_error(name, tmp_path, precision="fp32") < 1e-4


@pytest.mark.parametrize("name", CONVOLUTIONAL + OTHERS)
def test_half_precision(name, tmp_path):
    # A rounding to 11 bits is 5e-4; it happens after each of up to a hundred layers.
    assert worst_error(name, tmp_path, precision="fp16") < 5e-2


@pytest.mark.parametrize("ios", ["16", "18"])
@pytest.mark.parametrize("name", ["mobilenet_v2_100_imagenet", "nanodet_m_416_coco"])
def test_int8_weights(name, ios, tmp_path):
    # Weights carry 1/254 of their channel's largest as error at most.
    report, package = None, None
    reference = Reference(name)
    report, package = compiled(reference.path, tmp_path, ios, precision="int8")
    assert report.precision == "int8 weights"
    float_bytes = sum(
        int(np.prod(tensor.dims)) * 4 for tensor in onnx.load(reference.path).graph.initializer
    )
    assert report.constants_bytes < 0.3 * float_bytes
    feed = reference.feed(0)
    for output, wanted in zip(run(package, feed.values()), reference.session.run(None, feed)):
        assert np.corrcoef(output.ravel(), wanted.ravel())[0, 1] > 0.98


@pytest.mark.parametrize(
    "name", ["resnet20_cifar10", "mobilenet_v2_100_imagenet", "espcn_x3_superres"]
)
def test_int8_activations(name, tmp_path):
    reference = Reference(name)
    samples = [reference.feed(seed) for seed in range(1, 5)]
    report, package = compiled(reference.path, tmp_path, calibration=samples)
    assert report.precision == "int8"
    operations = package.operations()
    assert operations.count("quantize") > operations.count("conv") / 2
    feed = reference.feed(0)
    for output, wanted in zip(run(package, feed.values()), reference.session.run(None, feed)):
        assert np.corrcoef(output.ravel(), wanted.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("data", ["with calibration data", "without"])
def test_int8_chooses_the_same_classes_of_real_images(data, tmp_path):
    reference = Reference("resnet20_cifar10")
    preprocess = Preprocess.parse("imagenet resize=none").for_shape((1, 3, 32, 32))
    calibration = [{"input": preprocess.apply(path)} for path in sorted(CIFAR.glob("calib/*.jpg"))]
    options = {"calibration": calibration[::2]} if data == "with calibration data" else {}
    _, package = compiled(reference.path, tmp_path, **options)
    with open(CIFAR / "eval.csv", encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file)][::10]
    images = [preprocess.apply(CIFAR / "eval" / name) for name in names]
    expected = [reference.session.run(None, {"input": x})[0].argmax() for x in images]
    chosen = [run(package, [x])[0].argmax() for x in images]
    assert np.mean(np.equal(chosen, expected)) >= 0.97
