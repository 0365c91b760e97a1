"""The core's own C++ tests on emulated CPUs: with, and without, each instruction set."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.arm.boards import ALL, architecture_of

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.arm

PRINT_ISA = """
#include <edgert.h>
#include <stdio.h>
int main(void) { return puts(edgert_isa()) < 0; }
"""


@pytest.fixture(scope="session")
def isa_program(arm_build, tmp_path_factory):
    """A C program for a CPU that prints edgert_isa(): isa_program(cpu)."""

    def make(cpu):
        triple, build = architecture_of(cpu).triple, arm_build(cpu)
        folder = tmp_path_factory.mktemp("isa")
        source, program = folder / "isa.c", folder / "isa"
        source.write_text(PRINT_ISA)
        command = [f"{triple}-gcc", source, "-I", ROOT / "edgert" / "core" / "include"]
        command += ["-L", build, "-ledgert", f"-Wl,-rpath,{build}", "-o", program]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return program

    return make


@pytest.mark.parametrize("cpu", ALL)
def test_core_tests_pass(cpu, arm_build, emulate):
    chosen = f"--test-case={architecture_of(cpu).cpp_tests}"
    done = emulate(cpu, [arm_build(cpu) / "tests" / "edgert_core_tests", chosen])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


@pytest.mark.parametrize("cpu", ALL)
def test_dispatch_takes_the_best_isa_below_the_cap(cpu, isa_program, emulate):
    architecture, program = architecture_of(cpu), isa_program(cpu)
    for cap in ("", *architecture.order):
        done = emulate(cpu, [program], {"EDGERT_ISA": cap} if cap else {})
        best = min(
            architecture.isa[cpu], cap or architecture.order[-1], key=architecture.order.index
        )
        assert (done.returncode, done.stdout) == (0, f"{best}\n"), done.stderr
