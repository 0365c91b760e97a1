"""The core's own C++ tests on emulated CPUs: with, and without, each instruction set."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.arm

# What dispatch must choose on each CPU: Raspberry Pi 3, 4, 5, and everything qemu knows.
BEST_ISA = {"cortex-a53": "neon", "cortex-a72": "neon", "cortex-a76": "dotprod", "max": "i8mm"}
ORDER = ["scalar", "neon", "fp16", "dotprod", "i8mm"]


PRINT_ISA = """
#include <edgert.h>
#include <stdio.h>
int main(void) { return puts(edgert_isa()) < 0; }
"""


@pytest.fixture(scope="session")
def isa_program(arm_build, tmp_path_factory):
    """A C program that prints edgert_isa()."""
    folder = tmp_path_factory.mktemp("isa")
    source, program = folder / "isa.c", folder / "isa"
    source.write_text(PRINT_ISA)
    command = ["aarch64-linux-gnu-gcc", source, "-I", ROOT / "edgert" / "core" / "include"]
    command += ["-L", arm_build, "-ledgert", f"-Wl,-rpath,{arm_build}", "-o", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return program


@pytest.mark.parametrize("cpu", BEST_ISA)
def test_core_tests_pass(cpu, arm_build, emulate):
    done = emulate(cpu, [arm_build / "tests" / "edgert_core_tests"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


@pytest.mark.parametrize("cap", ["", *ORDER])
@pytest.mark.parametrize("cpu", BEST_ISA)
def test_dispatch_takes_the_best_isa_below_the_cap(cpu, cap, isa_program, emulate):
    done = emulate(cpu, [isa_program], {"EDGERT_ISA": cap} if cap else {})
    best = min(BEST_ISA[cpu], cap or ORDER[-1], key=ORDER.index)
    assert (done.returncode, done.stdout) == (0, f"{best}\n"), done.stderr
