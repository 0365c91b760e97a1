"""INT8 accuracy on real models and real images; needs the zoo (EDGERT_ZOO)."""

from __future__ import annotations

import argparse

import pytest

from benchmarks.models import zoo_images

MODELS = ("mobilenet_v2_100", "mobilenet_edgetpu_100", "squeezenet1_1", "resnet20_cifar10")
MAXIMUM_LOSS = 1.0  # points of top-1


@pytest.mark.parametrize("name", MODELS)
def test_int8_keeps_the_accuracy_of_the_float_model(name):
    if name not in zoo_images():
        pytest.skip("the zoo is not here; set EDGERT_ZOO to its folder")
    from benchmarks.accuracy import measure
    from edgert.compiler.quantization.observers import DEFAULT

    options = argparse.Namespace(observers=[DEFAULT], limit=None, dynamic=False, onnxruntime=False)
    found = measure(name, options)
    reference = found["onnxruntime FP32"]
    assert found["edgert FP32"].agree == 100.0
    assert found["edgert FP32"].divergence < 1e-6
    assert found[f"edgert INT8 {DEFAULT}"].top1 >= reference.top1 - MAXIMUM_LOSS
