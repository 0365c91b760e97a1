"""The programs of core/tests, built for this machine."""

from __future__ import annotations

import fcntl
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "native"


@functools.cache
def built() -> Path:
    """The folder of the programs, which are up to date."""
    BUILD.mkdir(parents=True, exist_ok=True)
    configure = ["cmake", "-S", ROOT / "edgert" / "core", "-B", BUILD, "-G", "Ninja"]
    configure += ["-DEDGERT_TESTS=ON", "-DEDGERT_WERROR=ON", "-DEDGERT_INPLACE=OFF"]
    with (BUILD / ".lock").open("w") as lock:  # pytest workers share the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (configure, ["cmake", "--build", BUILD]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return BUILD / "tests"
