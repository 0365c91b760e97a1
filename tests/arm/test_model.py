"""Whole models: compiled and run here, then run on emulated ARM CPUs, to the same bytes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.arm

CPUS = ["cortex-a53", "cortex-a72", "cortex-a76", "max"]
ZOO = Path(os.environ.get("EDGERT_ZOO", Path(__file__).resolve().parents[3] / "shared" / "zoo"))


@pytest.fixture(scope="session")
def run_bundle(arm_program):
    return arm_program(Path(__file__).with_name("run_bundle.c"))


@pytest.fixture
def run_on(run_bundle, emulate, tmp_path):
    def run(cpu, threads, reference, isa=""):
        inputs = [tmp_path / f"input_{i}" for i in range(len(reference.inputs))]
        outputs = [tmp_path / f"output_{i}" for i in range(len(reference.outputs))]
        for path, value in zip(inputs, reference.inputs):
            value.tofile(path)
        command = [run_bundle, reference.bundle, str(threads), *inputs, *outputs]
        done = emulate(cpu, command, {"EDGERT_ISA": isa} if isa else {})
        assert done.returncode == 0, done.stderr
        return [
            np.fromfile(path, value.dtype).reshape(value.shape)
            for path, value in zip(outputs, reference.outputs)
        ]

    return run


def assert_same_bytes(results, reference):
    for result, expected in zip(results, reference.outputs):
        assert np.ptp(expected) > 0, "an output without information proves nothing"
        assert result.tobytes() == expected.tobytes()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("cpu", CPUS)
def test_small_model_gives_the_same_bytes(cpu, threads, small_model, reference, run_on):
    expected = reference(small_model)
    assert_same_bytes(run_on(cpu, threads, expected), expected)


@pytest.mark.parametrize("isa", ["scalar", "neon", "dotprod"])
def test_small_model_gives_the_same_bytes_with_every_isa(isa, small_model, reference, run_on):
    expected = reference(small_model)
    assert_same_bytes(run_on("max", 1, expected, isa), expected)


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a76"])
@pytest.mark.parametrize("name", ["resnet20_cifar10", "mobilenet_v2_100_imagenet"])
def test_zoo_model_gives_the_same_bytes(name, cpu, reference, run_on):
    model = ZOO / "models" / f"{name}.onnx"
    if not model.exists():
        pytest.skip(f"{model} is not there; EDGERT_ZOO names the folder of the zoo")
    expected = reference(model)
    assert_same_bytes(run_on(cpu, 2, expected), expected)
