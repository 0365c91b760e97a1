"""The C++ tests of the core, natively, with dispatch capped at each instruction set."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import native

ROOT = Path(__file__).resolve().parents[2]
ISAS = ("scalar", "avx2", "avx512vnni", "neon", "fp16", "dotprod", "i8mm")


@pytest.fixture(scope="module")
def core_tests() -> Path:
    """The test program, built."""
    return native.build() / "tests" / "edgert_core_tests"


@pytest.mark.parametrize("isa", ISAS)
def test_core(core_tests: Path, isa: str) -> None:
    environment = {**os.environ, "EDGERT_ISA": isa}
    if selected_isa(environment) != isa:
        pytest.skip(f"this machine does not have {isa}")
    done = subprocess.run(
        [core_tests], env=environment, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr


def selected_isa(environment: Mapping[str, str]) -> str:
    """What dispatch selects in a process with this environment."""
    program = "from edgert import _core; print(_core.isa())"
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
