"""Engines from Python on an emulated CPU: an arm64 Debian with the packages that users install."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.arm.emulator import BUILD, CPUS, ROOT, Cpu, Emulator, run
from benchmarks.models import Model

# What tables name, so that they can be counted again.
PACKAGES = {"numpy": "2.4.6", "ai-edge-litert": "2.3.0", "onnxruntime": "1.32.0"}
_ENGINES = {"edgert": (), "litert": ("ai-edge-litert",), "onnxruntime": ("onnxruntime",)}
_GLIBC = (17, 27, 28)
RUNS = 1  # behind the first one


@dataclass(frozen=True)
class EngineCounts:
    """Instructions of the first result (import, load and run, numpy being there) and of a run."""

    start: int
    run: int


class Debian:
    """An arm64 Debian with Python; its packages are in a folder of their own.

    Made on first use. Needs mmdebstrap and user namespaces.
    """

    def __init__(self, emulator: Emulator, engines: Iterable[str]) -> None:
        self.emulator = emulator
        self.root = ROOT / "build" / "arm64-debian"
        self.site = BUILD / "site"
        script = ROOT / "tests" / "arm" / "emulated-debian.sh"
        tell = "import sys; print('python%d.%d' % sys.version_info[:2])"
        self.python = run(script, self.root, "python3", "-c", tell).strip()
        for package in ("numpy", *(p for engine in engines for p in _ENGINES[engine])):
            self._install(package)
        if "edgert" in engines:
            self._install_edgert()
        # What pip installs has bytecode, too.
        others = r"/(numpy|compiler|targets)/"
        self._count_python(CPUS["cortex-a72"], "-m", "compileall", "-q", "-x", others, self.site)

    def _install(self, package: str) -> None:
        """A wheel of the index, without what it depends on."""
        wheels = BUILD / "wheels" / f"{package}-{PACKAGES[package]}"
        if not wheels.exists():
            options = ["--no-deps", "--only-binary=:all:", "--implementation=cp"]
            options.append(f"--python-version={self.python.removeprefix('python')}")
            options += [f"--platform=manylinux_2_{glibc}_aarch64" for glibc in _GLIBC]
            part = wheels.with_suffix(".part")
            requirement = f"{package}=={PACKAGES[package]}"
            run(sys.executable, "-m", "pip", "download", "-q", *options, "-d", part, requirement)
            part.rename(wheels)
            (wheel,) = wheels.glob("*.whl")
            _extract(wheel, self.site)

    def _install_edgert(self) -> None:
        run(ROOT / ".ci" / "wheel-arm64", sys.executable)
        (wheel,) = (ROOT / "dist").glob("edgert-*_aarch64.whl")
        shutil.rmtree(self.site / "edgert", ignore_errors=True)
        _extract(wheel, self.site)

    def count(self, engine: str, cpu: Cpu, path: Path, model: Model) -> EngineCounts:
        """Of a file that `engines.prepare` made of the model, with one thread."""
        feed = path.with_suffix(f".{cpu.name}.npz")
        np.savez(feed, **model.feed())
        program = ROOT / "benchmarks" / "arm" / "run_engine.py"
        start, *runs = self._count_python(cpu, program, engine, path, feed, str(RUNS))
        return EngineCounts(start, runs[-1])

    def _count_python(self, cpu: Cpu, *arguments: str | Path) -> tuple[int, ...]:
        usr = self.root / "usr"
        environment = {
            "PYTHONHOME": str(usr),
            "PYTHONPATH": f"{self.site}:{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "",
            "LD_LIBRARY_PATH": str(usr / "lib" / "aarch64-linux-gnu"),
        }
        command = [usr / "bin" / self.python, *arguments]
        return self.emulator.count(cpu, command, self.root, environment, disguise=True).intervals


def _extract(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
