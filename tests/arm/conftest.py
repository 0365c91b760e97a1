"""Cross-compiled core and emulated CPUs. The tests run when they are asked for: `-m arm`."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SYSROOT = "/usr/aarch64-linux-gnu"
Emulate = Callable[..., "subprocess.CompletedProcess[str]"]


def require(command: str, package: str) -> str:
    """The path of `command`; fails the test where it is missing."""
    path = shutil.which(command)
    if path is None:
        pytest.fail(f"{command} is missing: apt-get install {package}", pytrace=False)
    return path


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """One process at a time: pytest workers share the build folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def arm_build() -> Path:
    """Folder of the core, its tests and the C runner, cross-compiled for arm64."""
    require("aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu")
    build = ROOT / "build" / "arm64"
    core = ROOT / "edgert" / "core"
    configure = ["cmake", "-S", core, "-B", build, "-G", "Ninja", "-DEDGERT_TESTS=ON"]
    configure.append(f"-DCMAKE_TOOLCHAIN_FILE={core}/cmake/aarch64-linux-gnu.cmake")
    with exclusive(build / ".lock"):
        for command in (configure, ["cmake", "--build", build]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return build


@pytest.fixture(scope="session")
def emulate() -> Emulate:
    """Runs an arm64 program: emulate(cpu, [program, argument, ...], {"EDGERT_ISA": "neon"})."""
    qemu = require("qemu-aarch64-static", "qemu-user-static")

    def run(
        cpu: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("EDGERT_")}
        return subprocess.run(
            [qemu, "-cpu", cpu, "-L", SYSROOT, *map(str, command)],
            env={**inherited, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    return run
