"""Damaged versions of real bundles, under AddressSanitizer and UndefinedBehaviorSanitizer.

The program is core/tests/damage/main.cc in the build of `make test-core`, which runs these tests;
without that build they are skipped. EDGERT_DAMAGE_COUNT sets how many versions of each bundle.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest

import edgert
from tests.delegates.models import compiled as segmented
from tests.test_state import streaming

from .models import MODELS, feed

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "sanitize" / "tests" / "edgert_damage"
COUNT = int(os.environ.get("EDGERT_DAMAGE_COUNT", "1000"))
BATCH = 250

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="needs the sanitized build: make test-core"
)


@pytest.mark.parametrize("isa", ["", "scalar"], ids=["default", "scalar"])
@pytest.mark.parametrize("precision", ["fp32", "int8", "dynamic"])
@pytest.mark.parametrize("name", MODELS)
def test_damage_is_refused_or_harmless(name, precision, isa, tmp_path):
    model = MODELS[name]()
    onnx.save(model, tmp_path / "model.onnx")
    calibration = [feed(model, seed) for seed in range(3)] if precision == "int8" else None
    edgert.compile(
        tmp_path / "model.onnx",
        precision="fp32" if precision == "fp32" else "int8",
        calibration=calibration,
        output=tmp_path / "model.edgert",
    )
    for seed in range(0, COUNT, BATCH):
        assert_no_report(tmp_path / "model.edgert", seed, isa)


@pytest.mark.parametrize("isa", ["", "scalar"], ids=["default", "scalar"])
def test_damage_to_shapes_and_states_is_refused_or_harmless(isa, tmp_path):
    bundle = tmp_path / "model.edgert"
    edgert.compile(
        streaming(),
        input_shapes=[{"x": (2, 3)}, {"x": (5, 3)}],
        state={"s2": "s"},
        initial_state={"s": np.ones(3, np.float32)},
        output=bundle,
    )
    for seed in range(0, COUNT, BATCH):
        assert_no_report(bundle, seed, isa)


@pytest.mark.parametrize("isa", ["", "scalar"], ids=["default", "scalar"])
def test_damage_to_ports_of_8_bit_is_refused_or_harmless(isa, tmp_path):
    model = MODELS["products"]()
    bundle = tmp_path / "model.edgert"
    edgert.compile(
        model,
        calibration=[feed(model, seed) for seed in range(3)],
        target_options={"io_type": "uint8"},
        output=bundle,
    )
    for seed in range(0, COUNT, BATCH):
        assert_no_report(bundle, seed, isa)


@pytest.mark.parametrize("isa", ["", "scalar"], ids=["default", "scalar"])
def test_damage_to_segments_is_refused_or_harmless(isa, tmp_path):
    bundle = segmented(tmp_path, middle="Asinh", int8=True)
    for seed in range(0, COUNT, BATCH):
        assert_no_report(bundle, seed, isa)


def assert_no_report(bundle, seed, isa):
    # Absurd sizes are refused by the allocator; that is one of the answers.
    sanitizers = {
        "ASAN_OPTIONS": "allocator_may_return_null=1:quarantine_size_mb=32",
        "EDGERT_ISA": isa,
    }
    done = subprocess.run(
        [PROGRAM, bundle, str(seed), str(BATCH)],
        env={**os.environ, **sanitizers, "UBSAN_OPTIONS": "print_stacktrace=1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-6000:]}"
    assert f" of {BATCH} damaged bundles ran" in done.stdout
