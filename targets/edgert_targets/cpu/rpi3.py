"""Raspberry Pi 3, Zero 2 W (Cortex-A53)."""

from edgert_targets.base import CpuTarget

TARGET = CpuTarget(
    name="rpi3",
    description="Raspberry Pi 3, Zero 2 W (Cortex-A53)",
    architecture="aarch64",
    isa=("neon",),
    cores=4,
    l2_kib=128,
    ram_mib=1024,
)
