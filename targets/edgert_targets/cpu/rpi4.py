"""Raspberry Pi 4 (Cortex-A72)."""

from edgert_targets.base import CpuTarget

TARGET = CpuTarget(
    name="rpi4",
    description="Raspberry Pi 4 (Cortex-A72)",
    architecture="aarch64",
    isa=("neon",),
    cores=4,
    l2_kib=256,
    ram_mib=2048,
)
