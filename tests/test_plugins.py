"""What another installed package adds: targets and providers, through entry points."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NPU = '''
"""A target that writes bundles, and a provider of the same name."""

from dataclasses import dataclass

from edgert_targets import Target


@dataclass(frozen=True)
class NpuTarget(Target):
    suffixes = (".npu",)
    options = {"cores": ("2", "4")}

    def backend(self, suffix, options):
        raise NotImplementedError


class NpuProvider:
    NAME = "Npu"
    INSTALL = "pip install edgert-npu"

    def available(self):
        return True

    def open(self, payload, options):
        raise NotImplementedError


TARGET = NpuTarget("npu", "a neural processor")
PROVIDER = NpuProvider()
'''
ENTRY_POINTS = """
[edgert.targets]
npu = edgert_npu:TARGET
broken = edgert_npu:NO_SUCH_THING

[edgert.providers]
npu = edgert_npu:PROVIDER
"""


@pytest.fixture
def installed(tmp_path) -> Path:
    """A folder that holds the package as pip would install it."""
    info = tmp_path / "edgert_npu-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: edgert-npu\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    (tmp_path / "edgert_npu.py").write_text(NPU)
    return tmp_path


def run_with(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_target_is_listed_with_its_options(installed):
    done = run_with(installed, "-m", "edgert", "targets", "--json")
    [npu] = [target for target in json.loads(done.stdout) if target["name"] == "npu"]
    assert npu["suffixes"] == [".npu"]
    assert npu["options"] == {"cores": ["2", "4"]}


def test_what_cannot_be_loaded_is_left_out_with_a_warning(installed):
    done = run_with(installed, "-m", "edgert", "targets")
    assert done.returncode == 0
    assert "edgert: warning: 'broken' of package edgert-npu is left out of edgert.targets" in (
        " ".join(done.stderr.split())
    )


def test_its_suffix_chooses_the_target(installed):
    script = "import edgert_targets; print(edgert_targets.choose(None, 'model.npu').name)"
    assert run_with(installed, "-W", "ignore", "-c", script).stdout == "npu\n"


def test_its_provider_is_available(installed):
    script = "import edgert; print(edgert.get_available_providers())"
    assert "'Npu', 'CPU'" in run_with(installed, "-c", script).stdout
