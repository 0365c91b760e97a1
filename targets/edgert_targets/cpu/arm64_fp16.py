"""64-bit ARM CPU that computes in half precision: Cortex-A55, A75 and newer."""

from edgert_targets.base import CpuTarget

TARGET = CpuTarget(
    name="arm64-fp16",
    description="64-bit ARM CPU with half-precision arithmetic (Cortex-A55, A76 and newer)",
    architecture="aarch64",
    isa=("neon", "fp16", "dotprod", "i8mm"),
    cores=4,
    l2_kib=512,
    ram_mib=0,
    half_arithmetic=True,
)
