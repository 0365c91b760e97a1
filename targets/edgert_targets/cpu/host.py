"""The machine that compiles."""

import os
import platform

from edgert_targets.base import CpuTarget

_ISA = {
    "x86_64": ("scalar", "avx2", "avx512vnni"),
    "aarch64": ("neon", "fp16", "dotprod", "i8mm"),
    "armv7l": ("scalar", "neon"),
}

TARGET = CpuTarget(
    name="host",
    description=f"This machine ({platform.machine()})",
    architecture=platform.machine(),
    isa=_ISA.get(platform.machine(), ("scalar",)),
    cores=os.cpu_count() or 1,
    l2_kib=512,
)
