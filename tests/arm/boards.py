"""The emulated CPUs: how programs are built for them, and what dispatch must choose there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Architecture:
    """What cross-compiles, and what runs it. `name` is also that of a target and of a marker.

    `isa`: the best instruction set of each CPU. `order`: what EDGERT_ISA may be. `cpp_tests`:
    the C++ tests that are run, a filter for doctest.
    """

    name: str
    triple: str
    qemu: str
    isa: Mapping[str, str]
    order: tuple[str, ...]
    cpp_tests: str = "*"

    @property
    def sysroot(self) -> str:
        return f"/usr/{self.triple}"


ARM64 = Architecture(
    name="arm64",
    triple="aarch64-linux-gnu",
    qemu="qemu-aarch64-static",
    # Raspberry Pi 3, 4, 5, and everything qemu knows.
    isa={"cortex-a53": "neon", "cortex-a72": "neon", "cortex-a76": "dotprod", "max": "i8mm"},
    order=("scalar", "neon", "fp16", "dotprod", "i8mm"),
)
ARMV7 = Architecture(
    name="armv7",
    triple="arm-linux-gnueabihf",
    qemu="qemu-arm-static",
    # Raspberry Pi 2; Cortex-A9 has no fused multiply-add, and in some chips (Tegra 2) no NEON.
    isa={
        "cortex-a7": "neon",
        "cortex-a9": "neon",
        "cortex-a9,neon=off": "scalar",
        "cortex-a15": "neon",
    },
    order=("scalar", "neon"),
    # What has code of its own here. The others are the same code as in 64 bits, and their naive
    # references take minutes, as qemu is slow at floats of 32 bits.
    cpp_tests="*variant*,*lookup*,*quantiz*",
)
ARCHITECTURES = (ARM64, ARMV7)


def architecture_of(cpu: str) -> Architecture:
    (found,) = (architecture for architecture in ARCHITECTURES if cpu in architecture.isa)
    return found


def on(*cpus: str) -> list[object]:
    """Values of the parameter `cpu`, with the markers that `make test-armv7` goes by."""
    return [
        pytest.param(cpu, marks=[pytest.mark.armv7] if architecture_of(cpu) is ARMV7 else [])
        for cpu in cpus
    ]


ALL = on(*(cpu for architecture in ARCHITECTURES for cpu in architecture.isa))
