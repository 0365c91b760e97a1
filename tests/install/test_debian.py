"""The README in a Debian that has Python, g++ and make: what it says is all it takes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import pytest
from PIL import Image

from tests.native import ROOT, run

pytestmark = pytest.mark.debian


def pip_settings() -> dict[str, str]:
    """Variables for pip that say what its configuration on this machine says."""
    listed = run(sys.executable, "-m", "pip", "config", "list")
    found = re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    return {f"PIP_{name.upper().replace('-', '_')}": value for name, value in found}


def local_paths(settings: Iterable[str]) -> Iterator[str]:
    """Files and folders that settings name; an index on disk, <folder>/simple, with its files."""
    for word in " ".join(settings).split():
        if word.startswith("file://"):
            yield str(Path(word.removeprefix("file://")).parent)
        elif word.startswith("/"):
            yield word


class Debian:
    """A fresh root file system; the checkout is its folder /edgert."""

    def __init__(self, checkout: Path) -> None:
        self.root = ROOT / "build" / "debian"
        self.settings = pip_settings()
        self.bind = ["/etc/ssl/certs", *local_paths(self.settings.values())]
        self.run("true")  # makes the root file system
        self.clone = self.root / "edgert"
        shutil.rmtree(self.clone, ignore_errors=True)
        shutil.copytree(checkout, self.clone)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command; its output, stderr included, is `stdout`."""
        script = Path(__file__).with_name("debian.sh")
        return subprocess.run(
            [script, self.root, *command],
            env={**os.environ, **self.settings, "BIND": "\n".join(self.bind)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=1800,
        )

    def shell(self, *lines: str) -> str:
        """What lines print that are typed into one shell, in the clone; each must succeed."""
        script = "\n".join(["set -e", "cd /edgert", *lines])
        done = self.run("bash", "-c", script)
        assert done.returncode == 0, done.stdout[-5000:]
        return done.stdout


@pytest.fixture
def debian(checkout):
    return Debian(checkout)


def quick_start() -> list[str]:
    """The lines of the first block of commands."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^## Quick start\n.*?```sh\n(.*?)```", readme, re.MULTILINE | re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def add_model_and_images(folder: Path) -> None:
    """model.onnx, images/ and photo.jpg, which a reader has."""
    model = onnx.parser.parse_model(
        """<ir_version: 8, opset_import: ["" : 17]>
        net (float[N, 3, 64, 64] image) => (float[N, 16] scores) {
          features = Conv <strides: ints = [4, 4]> (image, kernel)
          active = Relu (features)
          pooled = GlobalAveragePool (active)
          scores = Flatten (pooled)
        }"""
    )
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(16, 3, 5, 5)).astype(np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(kernel, "kernel"))
    onnx.save(model, folder / "model.onnx")
    (folder / "images").mkdir()
    for path in (*(folder / "images" / f"{i}.jpg" for i in range(8)), folder / "photo.jpg"):
        Image.fromarray(rng.integers(0, 256, (90, 120, 3), np.uint8)).save(path)


def test_quick_start_pasted_line_by_line(debian):
    add_model_and_images(debian.clone)
    lines = quick_start()
    assert len([line for line in lines if line.startswith("edgert ")]) >= 5
    printed = debian.shell(*lines)
    assert (debian.clone / "model.edgert").exists()
    assert "scores" in printed


def test_an_sdist_installs_with_a_compiler_alone(debian, tmp_path):
    run(sys.executable, "-m", "build", "-q", "--sdist", "--outdir", tmp_path, debian.clone)
    [sdist] = tmp_path.glob("edgert-*.tar.gz")
    shutil.copy(sdist, debian.root / "root")
    printed = debian.shell(
        "cd /root && python3 -m venv venv-sdist",
        f"venv-sdist/bin/pip install -q {sdist.name}",
        "venv-sdist/bin/python -c 'import edgert; print(edgert.__file__, edgert.__version__)'",
        "rm -r venv-sdist",
    )
    assert printed.splitlines()[-1].startswith("/root/venv-sdist/lib/")


def test_without_a_compiler_one_line_names_it(debian):
    debian.shell(
        "mkdir -p /hidden; mv /usr/bin/*g++* /usr/bin/*gcc* /usr/bin/c++ /usr/bin/cc /hidden"
    )
    try:
        done = debian.run(
            "bash", "-c", "cd /edgert && python3 -m venv .venv && .venv/bin/pip install ."
        )
    finally:
        debian.shell("mv /hidden/* /usr/bin")
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if "C++ compiler" in line]
    assert len(lines) == 1
    assert re.search(r"edgert needs a C\+\+ compiler .*: sudo apt-get install g\+\+$", lines[0])


def test_make_demo_shows_what_it_does(debian):
    printed = debian.shell("make demo")
    assert re.search(r"compiling the C\+\+ core: \d+ of \d+", printed)
    assert re.search(r"int8 +│ +9\d\.\d\d %", printed)
    used = debian.shell("du -sm .venv").split()[0]
    assert int(used) < 400
