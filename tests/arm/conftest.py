"""Cross-compiled core and emulated CPUs. The tests run when they are asked for: `-m arm`."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import edgert
from tests.arm.boards import Architecture, architecture_of
from tests.runtime.models import feed
from tests.small_model import save_small_model

ROOT = Path(__file__).resolve().parents[2]
Build = Callable[[str], Path]
Emulate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeReference = Callable[..., "Reference"]


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
def arm_build() -> Build:
    """Folder of the core, its tests and the C example, cross-compiled for a CPU: arm_build(cpu)."""
    built: dict[str, Path] = {}

    def build(cpu: str) -> Path:
        architecture = architecture_of(cpu)
        if architecture.name not in built:
            built[architecture.name] = _build(architecture)
        return built[architecture.name]

    return build


def _build(architecture: Architecture) -> Path:
    require(f"{architecture.triple}-g++", f"g++-{architecture.triple}")
    build = ROOT / "build" / architecture.name
    core = ROOT / "edgert" / "core"
    configure = ["cmake", "-S", core, "-B", build, "-G", "Ninja"]
    configure += ["-DEDGERT_TESTS=ON", "-DEDGERT_EXAMPLES=ON"]
    configure.append(f"-DCMAKE_TOOLCHAIN_FILE={core}/cmake/{architecture.triple}.cmake")
    with exclusive(build / ".lock"):
        for command in (configure, ["cmake", "--build", build]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return build


@pytest.fixture(scope="session")
def emulate() -> Emulate:
    """Runs an ARM program: emulate(cpu, [program, argument, ...], {"EDGERT_ISA": "neon"})."""

    def run(
        cpu: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        architecture = architecture_of(cpu)
        qemu = require(architecture.qemu, "qemu-user-static")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("EDGERT_")}
        return subprocess.run(
            [qemu, "-cpu", cpu, "-L", architecture.sysroot, *map(str, command)],
            env={**inherited, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    return run


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX file with every kind of convolution that has microkernels."""
    path = tmp_path_factory.mktemp("small") / "small.onnx"
    save_small_model(path)
    return path


@dataclass(frozen=True)
class Reference:
    """A bundle with an input and what this machine computes from it.

    `largest`: the shapes of the outputs' buffers, where sizes depend on data.
    """

    bundle: Path
    inputs: tuple[np.ndarray, ...]
    outputs: tuple[np.ndarray, ...]
    largest: tuple[tuple[int, ...], ...]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> MakeReference:
    """Compiles a model for arm64, and runs it here: reference(model, calibrated=True).

    To INT8, but with precision="fp32". Calibrated with noise, which is as good as images for
    comparing bytes.
    """
    made: dict[str, Reference] = {}

    def make(model: Path, calibrated: bool = True, precision: str = "int8") -> Reference:
        if str(model) not in made:
            folder = tmp_path_factory.mktemp("reference")
            made[str(model)] = _make_reference(model, folder, calibrated, precision)
        return made[str(model)]

    return make


def _make_reference(model: Path, folder: Path, calibrated: bool, precision: str) -> Reference:
    import onnx

    samples = [feed(onnx.load(model), seed) for seed in range(3)]
    bundle = folder / "model.edgert"
    edgert.compile(
        str(model),
        target="arm64",
        precision=precision,
        calibration=samples if calibrated else None,
        output=str(bundle),
    )
    session = edgert.InferenceSession(str(bundle), num_threads=1)
    outputs = session.run(None, samples[0])
    inputs = [np.ascontiguousarray(samples[0][port.name]) for port in session.get_inputs()]
    largest = [port.static_shape() for port in session.get_outputs()]
    return Reference(bundle, tuple(inputs), tuple(outputs), tuple(largest))
