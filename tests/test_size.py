"""The runtime stays small: budgets of the library and of the wheel on x86-64."""

from __future__ import annotations

import platform
import shutil

import pytest

from benchmarks import size

LIBRARY_BUDGET = 600_000  # bytes, stripped
WHEEL_BUDGET = 400_000

needs_x86_64 = pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() != "x86_64",
    reason="the budgets are those of x86-64 Linux",
)
needs_cmake = pytest.mark.skipif(shutil.which("cmake") is None, reason="needs cmake")


@pytest.mark.slow
@needs_x86_64
@needs_cmake
def test_stripped_library_is_within_its_budget(tmp_path):
    library = size.build_library(tmp_path)
    assert library.total <= LIBRARY_BUDGET, library.parts()
    parts = library.parts()
    assert sum(parts.values()) == library.total
    # Nearly all of the file is explained, so that the table can be trusted.
    assert 0 <= parts[size.REST] < 0.1 * library.total


@pytest.mark.slow
@needs_x86_64
@needs_cmake
def test_wheel_is_within_its_budget():
    assert size.build_wheel() <= WHEEL_BUDGET


def test_linker_map_is_read():
    text = """
Discarded input sections

 .text.unused   0x0000000000000000       0x11 CMakeFiles/edgert_objects.dir/runtime/isa.cc.o

Linker script and memory map

 .text          0x0000000000001000      0x1f0 CMakeFiles/edgert_objects.dir/runtime/isa.cc.o
 .text._ZN6edgert7a_long_oneEv
                0x0000000000002000       0x10 CMakeFiles/edgert_objects.dir/kernels/a/b.cc.o
 .rodata.x      0x0000000000003000        0x8 CMakeFiles/edgert_objects.dir/kernels/a/b.cc.o
 .bss           0x0000000000004000     0x1000 CMakeFiles/edgert_objects.dir/kernels/a/b.cc.o
 .text          0x0000000000005000       0x99 /usr/lib/crti.o
"""
    assert size.read_map(text) == {"runtime/isa.cc": 0x1F0, "kernels/a/b.cc": 0x18}
