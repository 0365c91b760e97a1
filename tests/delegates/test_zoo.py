"""Real models in bundles with partitions, beside the kernels of the same bundle."""

from __future__ import annotations

import numpy as np
import pytest

import edgert
from tests.zoo import ZOO_MODELS

NAMES = ("resnet20_cifar10", "yunet_n_320_face")


def differences(name, target, provider, tmp_path, **options):
    """The largest of each output, relative to its range."""
    model = ZOO_MODELS[name]
    path = tmp_path / "m.edgert"
    edgert.compile(model.path, target=target, output=path, **model.options(), **options)
    session = edgert.InferenceSession(path, providers=[provider], strict=True)
    assert [part.provider for part in session.get_partitions()] == [provider]
    [(feed, _)] = model.runs("eval", 1)
    own = edgert.InferenceSession(path).run(None, feed)
    pairs = zip(session.run(None, feed), own)
    return [np.abs(actual - expected).max() / np.ptp(expected) for actual, expected in pairs]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_litert_agrees_with_the_kernels(name, tmp_path):
    if "TFLite" not in edgert.get_available_providers():
        pytest.skip("ai-edge-litert is not installed")
    assert max(differences(name, "tflite", "TFLite", tmp_path, precision="fp32")) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_core_ml_packages_agree_with_the_kernels(name, tmp_path, evaluated_coreml):
    assert max(differences(name, "coreml", "CoreML", tmp_path, precision="fp32")) < 1e-4
