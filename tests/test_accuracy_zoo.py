"""INT8 accuracy on real models and real data; needs the zoo (EDGERT_ZOO)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pytest

import edgert
from benchmarks.accuracy import evaluation_images, measure
from benchmarks.models import ZOO, zoo_images
from tests.zoo import ZOO_MODELS, ZooModel, blocks, labelled_commands, wav


def test_benchmark_of_accuracy_finds_the_float_bundle_exact():
    name = "resnet20_cifar10"
    if name not in zoo_images():
        pytest.skip("the zoo is not here; set EDGERT_ZOO to its folder")
    options = argparse.Namespace(observers=[], limit=200, dynamic=False, onnxruntime=False)
    found = measure(name, options)
    assert list(found) == ["onnxruntime FP32", "edgert FP32"]
    assert found["edgert FP32"].agree == 100.0
    assert found["edgert FP32"].divergence < 1e-6
    assert 70.0 < found["onnxruntime FP32"].top1 < 90.0


def images(name: str) -> tuple[Iterator[np.ndarray], np.ndarray]:
    zoo = zoo_images()[name]
    paths, labels = evaluation_images(zoo, None)
    return (zoo.preprocess.apply(path) for path in paths), labels


def commands() -> tuple[list[np.ndarray], list[int]]:
    pairs = list(labelled_commands("eval"))
    return [sound for sound, _ in pairs], [label for _, label in pairs]


def table(file: str, batch: int = 1) -> tuple[list[np.ndarray], np.ndarray]:
    with np.load(ZOO / "data" / file) as arrays:
        return np.split(arrays["x"], len(arrays["x"]) // batch), arrays["y"]


# By model: samples and labels; top-1 accuracy of the float model in percent, as onnxruntime has it
# on all samples; samples for calibration; points that INT8 may lose (one file of magika's is 1.3).
LABELLED = {
    "mobilenet_v2_100_imagenet": (lambda: images("mobilenet_v2_100"), 78.57, 100, 1.0),
    "mobilenet_edgetpu_100_imagenet": (lambda: images("mobilenet_edgetpu_100"), 82.71, 100, 1.0),
    "squeezenet1_1_imagenet": (lambda: images("squeezenet1_1"), 70.00, 100, 1.0),
    "resnet20_cifar10": (lambda: images("resnet20_cifar10"), 80.30, 100, 1.0),
    "kwt1_speech_commands": (commands, 94.33, 20, 2.0),
    "magika_v3_3_static": (lambda: table("magika/basic_features.npz"), 100.0, 40, 2.0),
    "wine_white_mlp": (lambda: table("tabular/wine_white_mlp.npz", 25), 76.82, 8, 2.0),
    "wine_white_rf": (lambda: table("tabular/wine_white_rf.npz", 25), 81.96, 8, 2.0),
}


@pytest.mark.parametrize("name", LABELLED)
def test_int8_keeps_the_accuracy_where_data_has_labels(name):
    model = ZOO_MODELS[name]
    path = model.path
    data, accuracy, calibration, loss = LABELLED[name]
    samples, labels = data()
    report = edgert.compile(path, calibration=model.feeds("calib", calibration), **model.options())
    assert all(node.reason for node in report.nodes if node.precision != "int8")
    run = edgert.load(report.bundle).run
    outputs = [run(sample) for sample in samples]
    found = np.concatenate([o["label"] if isinstance(o, dict) else o.argmax(-1) for o in outputs])
    assert 100 * np.mean(found == labels) >= accuracy - loss


def streaming(name: str) -> edgert.InferenceSession:
    """An INT8 session whose state is declared, calibrated on the beginning of a recording."""
    model: ZooModel = ZOO_MODELS[name]
    feeds = model.feeds("calib", 400)
    data = [{n: a for n, a in feed.items() if n not in model.state.values()} for feed in feeds]
    report = edgert.compile(model.path, calibration=data, state=model.state, **model.options())
    assert any(node.precision == "int8" for node in report.nodes)
    return edgert.InferenceSession(report.bundle)


@pytest.mark.parametrize("name", ["silero_vad_16k_static", "silero_vad_16k"])
def test_int8_hears_the_same_speech(name):
    model = ZOO_MODELS[name]
    session, reference = streaming(name), model.session()
    agree = [
        (session.run(["output"], {"input": feed["input"]})[0] > 0.5)
        == (reference.run(["output"], {**feed, **model.constants})[0] > 0.5)
        for feed in model.feeds("eval", 1 << 30)
    ]
    assert np.mean(agree) >= 0.97


def test_int8_suppresses_the_same_noise():
    """Both stages over a whole recording: SI-SDR, 13.05 dB in float."""
    first, second = streaming("dtln_1_noise_suppression"), streaming("dtln_2_noise_suppression")
    clean, noisy = wav("audio/noisy_5dB_clean_16k.wav"), wav("audio/noisy_5dB_16k.wav")
    result = np.zeros(noisy.size, np.float32)
    for index, block in enumerate(blocks("eval")):
        spectrum = np.fft.rfft(block)
        magnitude = np.abs(spectrum).astype(np.float32)[None, None]
        [mask] = first.run(None, {"input_2": magnitude})
        estimate = np.fft.irfft(spectrum * mask.reshape(-1)).astype(np.float32)
        [sound] = second.run(None, {"input_4": estimate[None, None]})
        result[index * 128 : index * 128 + 512] += sound.reshape(-1)
    assert max(si_sdr(result, clean, delay) for delay in (0, 128, 256, 384)) > 12.0
    assert si_sdr(noisy, clean, 0) < 6.0


def si_sdr(estimate: np.ndarray, clean: np.ndarray, delay: int) -> float:
    """Scale-invariant signal to distortion ratio, dB (Le Roux et al., 2018, equation 5)."""
    estimate, clean = estimate[delay:], clean[: clean.size - delay]
    target = clean * (np.dot(estimate, clean) / np.dot(clean, clean))
    return float(10 * np.log10(np.sum(target**2) / np.sum((target - estimate) ** 2)))
