"""The core, built for this machine apart from the library that Python uses."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "native"


def build() -> Path:
    """The build folder: libraries and test programs, without warnings."""
    if shutil.which("cmake") is None or shutil.which("ninja") is None:
        pytest.skip("needs cmake and ninja")
    BUILD.mkdir(parents=True, exist_ok=True)
    configure = ["cmake", "-S", ROOT / "edgert" / "core", "-B", BUILD, "-G", "Ninja"]
    configure += ["-DEDGERT_TESTS=ON", "-DEDGERT_WERROR=ON", "-DEDGERT_INPLACE=OFF"]
    with (BUILD / ".lock").open("w") as lock:  # pytest workers share the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        run(*configure)
        run("cmake", "--build", BUILD)
    return BUILD


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """What a command prints, which must succeed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
