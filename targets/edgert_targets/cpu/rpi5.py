"""Raspberry Pi 5 (Cortex-A76)."""

from edgert_targets.base import CpuTarget

TARGET = CpuTarget(
    name="rpi5",
    description="Raspberry Pi 5 (Cortex-A76)",
    architecture="aarch64",
    isa=("neon", "fp16", "dotprod"),
    cores=4,
    l2_kib=512,
    ram_mib=4096,
    half_arithmetic=True,
)
