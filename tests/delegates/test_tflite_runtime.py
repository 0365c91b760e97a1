"""Partitions on tflite-runtime, which takes numpy 1 only, in environments of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import edgert
from edgert import _abi
from tests.delegates.models import compiled, images

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / "build" / "tflite-runtime"
PROGRAM = """
import sys
import numpy as np
import edgert
bundle, feed, result = sys.argv[1:]
session = edgert.InferenceSession(bundle, providers=["TFLite", "CPU"])
np.save(result, session.run(None, {"x": np.load(feed)})[0])
assert "ai_edge_litert" not in sys.modules
print(*(part.provider for part in session.get_partitions()))
"""


@pytest.fixture
def run(tmp_path):
    """Runs a bundle there on the first image: its output, what it printed, what it warned of."""

    def run(environment, bundle):
        python = ENVIRONMENTS / environment / "bin" / "python"
        if not python.exists():
            pytest.skip("needs environments with tflite-runtime: make test-tflite-runtime")
        feed, result = tmp_path / "x.npy", tmp_path / "y.npy"
        np.save(feed, images()[0]["x"])
        done = subprocess.run(
            [python, "-c", PROGRAM, bundle, feed, result],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT / "edgert"),
                "EDGERT_LIBRARY": _abi.library_path(),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return np.load(result), done.stdout.split(), done.stderr

    return run


@pytest.mark.parametrize("int8", [False, True], ids=["fp32", "int8"])
def test_partitions_run_on_tflite_runtime(tmp_path, run, int8):
    bundle = compiled(tmp_path, middle="Asinh", int8=int8)
    actual, providers, _ = run("numpy-1", bundle)
    assert providers == ["TFLite", "CPU", "TFLite"]
    [expected] = edgert.InferenceSession(bundle).run(None, images()[0])
    # Its kernels round an int8 value to the next step now and then, which the second product reads.
    atol = 2 * expected.max() / 255 if int8 else 1e-4
    np.testing.assert_allclose(actual, expected, rtol=0, atol=atol)


def test_beside_numpy_2_the_cpu_computes(tmp_path, run):
    bundle = compiled(tmp_path)
    actual, providers, warned = run("numpy-2", bundle)
    assert providers == ["CPU"]
    assert "tflite-runtime with 'numpy<2'" in warned
    [expected] = edgert.InferenceSession(bundle).run(None, images()[0])
    np.testing.assert_array_equal(actual, expected)
