"""What a Raspberry Pi user does: pip install the aarch64 wheel, run a bundle made on a PC."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.arm_wheel

ROOT = Path(__file__).resolve().parents[2]
INFER = """
import sys
import edgert
assert "numpy" not in sys.modules, "import edgert must not import numpy"
import numpy as np
session = edgert.InferenceSession("model.edgert", num_threads=2)
names = [port.name for port in session.get_inputs()]
inputs = {name: np.load(f"input_{i}.npy") for i, name in enumerate(names)}
for i, output in enumerate(session.run(None, inputs)):
    np.save(f"output_{i}.npy", output)
print(edgert.__file__)
"""


class Debian:
    """An emulated arm64 Debian; files are shared through its folder /edgert."""

    def __init__(self) -> None:
        self.root = ROOT / "build" / "arm64-debian"
        self.run("python3", "--version")  # makes the root file system
        self.shared = self.root / "edgert"
        shutil.rmtree(self.shared, ignore_errors=True)
        self.shared.mkdir()

    def run(self, *command: str, cpu: str = "cortex-a72") -> str:
        script = Path(__file__).with_name("emulated-debian.sh")
        done = subprocess.run(
            [script, self.root, *command],
            env={**os.environ, "QEMU_CPU": cpu},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel() -> Path:
    subprocess.run([ROOT / ".ci" / "wheel-arm64", sys.executable], check=True)
    (path,) = (ROOT / "dist").glob("edgert-*_aarch64.whl")
    return path


def download_numpy(version: str, folder: Path) -> None:
    """The newest aarch64 wheel of numpy for a version of Python."""
    platforms = [f"--platform=manylinux_2_{glibc}_aarch64" for glibc in (17, 27, 28)]
    options = ["-q", "--no-deps", "--only-binary=:all:", f"--python-version={version}"]
    subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, *platforms, "-d", folder, "numpy"],
        check=True,
    )


@pytest.fixture(scope="module")
def debian(wheel: Path) -> Debian:
    """With the wheel installed into the virtual environment /edgert/venv."""
    system = Debian()
    version = "import sys; print('%d.%d' % sys.version_info[:2])"
    download_numpy(system.run("python3", "-c", version), system.shared)
    shutil.copy(wheel, system.shared)
    system.run("python3", "-m", "venv", "/edgert/venv")
    pip = ["/edgert/venv/bin/pip", "install", "--no-index", "--find-links", "/edgert"]
    system.run(*pip, "edgert")
    return system


def test_wheel_is_small(wheel):
    assert wheel.stat().st_size <= 2_000_000


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a76"])
def test_installed_wheel_gives_the_same_bytes(cpu, debian, small_model, reference):
    expected = reference(small_model)
    shutil.copy(expected.bundle, debian.shared / "model.edgert")
    for i, value in enumerate(expected.inputs):
        np.save(debian.shared / f"input_{i}.npy", value)
    (debian.shared / "infer.py").write_text(INFER)
    printed = debian.run("sh", "-c", "cd /edgert && venv/bin/python infer.py", cpu=cpu)
    assert printed.startswith("/edgert/venv/")
    for i, value in enumerate(expected.outputs):
        assert np.load(debian.shared / f"output_{i}.npy").tobytes() == value.tobytes()
