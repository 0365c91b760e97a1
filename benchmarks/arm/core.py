"""The core itself on an emulated CPU: cross-compiled, with run_bundle.c around it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arm import symbols
from benchmarks.arm.emulator import HERE, ROOT, Cpu, Emulator, require, run

CORE = ROOT / "edgert" / "core"
BUILD = ROOT / "build" / "arm64"  # that of tests/arm, too
RUNS = 2  # the first one meets memory that was never touched


@dataclass(frozen=True)
class CoreCounts:
    """Instructions of loading a bundle, and of a run with one thread."""

    load: int
    run: int


class EmulatedCore:
    """libedgert.so for arm64 and a program that runs bundles with it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        compiler = require("aarch64-linux-gnu-gcc", "g++-aarch64-linux-gnu")
        self.compiler = run(compiler, "-dumpfullversion").strip()
        toolchain = CORE / "cmake" / "aarch64-linux-gnu.cmake"
        ninja = ["-G", "Ninja", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"]
        run("cmake", "-S", CORE, "-B", BUILD, *ninja)
        run("cmake", "--build", BUILD, "--target", "edgert", "--parallel", str(os.cpu_count()))
        self.library, self.program = BUILD / "libedgert.so", BUILD / "run_bundle"
        link = [f"-L{BUILD}", "-ledgert", "-ldl", f"-Wl,-rpath,{BUILD}"]
        source = [f"-I{CORE / 'include'}", HERE / "run_bundle.c"]
        run(compiler, "-O2", *source, *link, "-o", self.program)

    def count(self, cpu: Cpu, bundle: Path) -> CoreCounts:
        """Of one bundle."""
        load, *runs = self.emulator.count(cpu, [self.program, bundle, str(RUNS)]).intervals
        return CoreCounts(load, runs[-1])

    def count_symbols(self, cpu: Cpu, bundle: Path) -> dict[str, int]:
        """Instructions of one run by function, most first."""
        command = [self.program, bundle, str(RUNS)]
        counted = self.emulator.count(cpu, command, histogram=True)
        base = int(counted.printed, 16)
        return symbols.attribute(counted.histogram, symbols.read_functions(self.library), base)
