"""The core's own C++ tests on emulated CPUs: with, and without, each instruction set."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.arm

# What dispatch must choose on each CPU: Raspberry Pi 3, 4, 5, and everything qemu knows.
BEST_ISA = {"cortex-a53": "neon", "cortex-a72": "neon", "cortex-a76": "dotprod", "max": "i8mm"}
ORDER = ["scalar", "neon", "dotprod", "i8mm"]


@pytest.fixture(scope="session")
def isa_program(arm_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A C program that prints edgert_isa()."""
    folder = tmp_path_factory.mktemp("isa")
    source, program = folder / "isa.c", folder / "isa"
    source.write_text(
        '#include <edgert.h>\n#include <stdio.h>\nint main(void) { return puts(edgert_isa()) < 0; }\n'
    )
    include = Path(__file__).resolve().parents[2] / "edgert" / "core" / "include"
    library = next(arm_build.rglob("libedgert.so"))
    subprocess.run(
        ["aarch64-linux-gnu-gcc", source, f"-I{include}", library, "-o", program]
        + [f"-Wl,-rpath,{library.parent}"],
        check=True,
    )
    return program


@pytest.mark.parametrize("cpu", BEST_ISA)
def test_core_tests_pass(cpu, arm_build, emulate):
    done = emulate(cpu, [arm_build / "edgert_core_tests"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


@pytest.mark.parametrize("cap", ["", *ORDER])
@pytest.mark.parametrize("cpu", BEST_ISA)
def test_dispatch_takes_the_best_isa_below_the_cap(cpu, cap, isa_program, emulate):
    done = emulate(cpu, [isa_program], {"EDGERT_ISA": cap} if cap else {})
    best = min(BEST_ISA[cpu], cap or ORDER[-1], key=ORDER.index)
    assert (done.returncode, done.stdout) == (0, f"{best}\n"), done.stderr
