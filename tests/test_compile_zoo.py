"""Float bundles of real models against onnxruntime."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import edgert

ZOO = Path(
    os.environ.get("EDGERT_ZOO", Path(__file__).resolve().parents[1] / ".." / "shared" / "zoo")
)
MODELS = (
    "mobilenet_v2_100_imagenet",
    "mobilenet_edgetpu_100_imagenet",
    "squeezenet1_1_imagenet",
    "resnet20_cifar10",
    "espcn_x3_superres",
    "kwt1_speech_commands",
    "deeplabv3_mnv2_257_voc",
    "nanodet_m_416_coco",
    "yunet_n_320_face",
    "dtln_1_noise_suppression",
    "dtln_2_noise_suppression",
    "magika_v3_3_static",
    "wine_white_rf",
)


@pytest.mark.parametrize("name", MODELS)
def test_float_bundle_agrees_with_onnxruntime(name: str) -> None:
    path = ZOO / "models" / f"{name}.onnx"
    if not path.exists():
        pytest.skip(f"no {name} in {ZOO}; set EDGERT_ZOO")
    report = edgert.compile(path, precision="fp32")
    rng = np.random.default_rng(0)
    feed = {port.name: rng.standard_normal(port.shape).astype(port.type) for port in report.inputs}
    expected = onnxruntime.InferenceSession(path).run(None, feed)
    outputs = edgert.InferenceSession(report.bundle, num_threads=1).run(None, feed)
    for output, reference in zip(outputs, expected):
        assert output.shape == reference.shape
        # Outputs are probabilities, logits, boxes or pixels; what is below 1e-5 of them is noise.
        noise = 1e-5 * max(1.0, float(np.abs(reference).max()))
        np.testing.assert_allclose(output, reference, rtol=1e-3, atol=noise)
