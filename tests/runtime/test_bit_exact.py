"""Whole INT8 models: the same output bytes with every instruction set and number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

import edgert

from .models import convolutions, feed

ZOO = Path(os.environ.get("EDGERT_ZOO", Path(__file__).resolve().parents[3] / "shared" / "zoo"))
ZOO_MODELS = ["resnet20_cifar10", "mobilenet_v2_100_imagenet", "squeezenet1_1_imagenet"]
ISAS = ["scalar", "avx2", "avx512vnni", "neon", "dotprod", "i8mm"]

RUN = """
import sys
import numpy as np
import edgert
bundle, inputs, outputs, threads = sys.argv[1:]
session = edgert.InferenceSession(bundle, num_threads=int(threads))
np.savez(outputs, *session.run(None, dict(np.load(inputs))))
print(session.isa)
"""


def run(isa, threads, folder):
    """(instruction set that was used, bytes of the outputs) of a child process."""
    files = [folder / "model.edgert", folder / "inputs.npz", folder / f"{isa}-{threads}.npz"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, files), str(threads)],
        env={**os.environ, "EDGERT_ISA": isa},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    with np.load(files[2]) as outputs:
        return done.stdout.strip(), [outputs[name] for name in outputs]


def assert_same_everywhere(model_path, folder):
    model = onnx.load(model_path)
    samples = [feed(model, seed) for seed in range(3)]
    edgert.compile(
        model_path, precision="int8", calibration=samples, output=folder / "model.edgert"
    )
    np.savez(folder / "inputs.npz", **samples[0])
    _, expected = run("scalar", 1, folder)
    assert all(np.ptp(output) > 0 for output in expected), "constant outputs prove nothing"
    tested = set()
    for isa in ISAS:
        for threads in (1, 2):
            used, outputs = run(isa, threads, folder)
            if used != isa:
                continue  # not on this machine
            tested.add(isa)
            for output, reference in zip(outputs, expected):
                assert output.tobytes() == reference.tobytes(), (isa, threads)
    assert edgert.InferenceSession(folder / "model.edgert").isa in tested


def test_every_kind_of_convolution(tmp_path):
    onnx.save(convolutions(), tmp_path / "model.onnx")
    assert_same_everywhere(tmp_path / "model.onnx", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO_MODELS)
def test_zoo_model(name, tmp_path):
    path = ZOO / "models" / f"{name}.onnx"
    if not path.exists():
        pytest.skip(f"{path} is not there; EDGERT_ZOO names the folder of the zoo")
    assert_same_everywhere(path, tmp_path)
