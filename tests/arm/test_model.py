"""Whole models: compiled and run here, then run on emulated ARM CPUs, to the same bytes."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from tests.arm.boards import ALL, on
from tests.runtime.models import MODELS
from tests.runtime.test_bit_exact import (
    CALIBRATED,
    FLOAT,
    UNCALIBRATED,
    UNCALIBRATED_ZOO_MODELS,
    zoo_model,
)

pytestmark = pytest.mark.arm


@pytest.fixture
def run_on(arm_build, emulate, tmp_path):
    """The outputs that examples/c/edgert_run.c computes on an emulated CPU."""

    def run(cpu, threads, reference, isa=""):
        inputs = [tmp_path / f"input_{i}.bin" for i in range(len(reference.inputs))]
        for path, value in zip(inputs, reference.inputs):
            value.tofile(path)
        command = [arm_build(cpu) / "examples" / "edgert-run", reference.bundle, *inputs]
        command += ["--threads", threads, "--out", tmp_path / "output_"]
        done = emulate(cpu, command, {"EDGERT_ISA": isa} if isa else {})
        assert done.returncode == 0, done.stderr
        return [
            np.fromfile(tmp_path / f"output_{i}.bin", value.dtype).reshape(largest)[
                tuple(map(slice, value.shape))
            ]
            for i, (value, largest) in enumerate(zip(reference.outputs, reference.largest))
        ]

    return run


def assert_same_bytes(results, reference):
    for result, expected in zip(results, reference.outputs):
        assert np.ptp(expected) > 0, "an output without information proves nothing"
        assert result.tobytes() == expected.tobytes()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("cpu", ALL)
def test_small_model_gives_the_same_bytes(cpu, threads, small_model, reference, run_on):
    expected = reference(small_model)
    assert_same_bytes(run_on(cpu, threads, expected), expected)


@pytest.mark.parametrize("isa", ["scalar", "neon", "dotprod"])
def test_small_model_gives_the_same_bytes_with_every_isa(isa, small_model, reference, run_on):
    expected = reference(small_model)
    assert_same_bytes(run_on("max", 1, expected, isa), expected)


KINDS = [
    *((name, MODELS[name], {}) for name in CALIBRATED),
    *((name, make, {"calibrated": False}) for name, make in UNCALIBRATED.items()),
]


@pytest.mark.parametrize("cpu", on("cortex-a53", "max", "cortex-a7"))
@pytest.mark.parametrize(("name", "make", "options"), KINDS)
def test_model_of_every_kind_gives_the_same_bytes(
    name, make, options, cpu, reference, run_on, tmp_path
):
    onnx.save(make(), tmp_path / f"{name}.onnx")
    expected = reference(tmp_path / f"{name}.onnx", **options)
    for result, output in zip(run_on(cpu, 2, expected), expected.outputs):
        assert result.tobytes() == output.tobytes()


@pytest.mark.parametrize("cpu", ["cortex-a53", "max"])
@pytest.mark.parametrize("name", FLOAT)
def test_float_model_gives_the_same_bytes(name, cpu, reference, run_on, tmp_path):
    """With 64 bits: 32-bit NEON has no fused multiply-adds."""
    onnx.save(MODELS[name](), tmp_path / f"{name}.onnx")
    expected = reference(tmp_path / f"{name}.onnx", calibrated=False, precision="fp32")
    for result, output in zip(run_on(cpu, 2, expected), expected.outputs):
        assert result.tobytes() == output.tobytes()


@pytest.mark.parametrize("isa", ["scalar", "neon", "dotprod"])
def test_uncalibrated_model_gives_the_same_bytes_with_every_isa(isa, reference, run_on, tmp_path):
    onnx.save(UNCALIBRATED["mixed"](), tmp_path / "mixed.onnx")
    expected = reference(tmp_path / "mixed.onnx", calibrated=False)
    assert_same_bytes(run_on("max", 1, expected, isa), expected)


@pytest.mark.parametrize("cpu", on("cortex-a53", "cortex-a76", "cortex-a7"))
@pytest.mark.parametrize("name", ["resnet20_cifar10", "mobilenet_v2_100_imagenet"])
def test_zoo_model_gives_the_same_bytes(name, cpu, reference, run_on):
    expected = reference(zoo_model(name))
    assert_same_bytes(run_on(cpu, 2, expected), expected)


@pytest.mark.parametrize("name", UNCALIBRATED_ZOO_MODELS)
def test_uncalibrated_zoo_model_gives_the_same_bytes(name, reference, run_on):
    expected = reference(zoo_model(name), calibrated=False)
    for result, output in zip(run_on("cortex-a53", 2, expected), expected.outputs):
        assert result.tobytes() == output.tobytes()
