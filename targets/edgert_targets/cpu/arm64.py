"""Any 64-bit ARM CPU."""

from edgert_targets.base import CpuTarget

TARGET = CpuTarget(
    name="arm64",
    description="Any 64-bit ARM CPU",
    architecture="aarch64",
    isa=("neon", "fp16", "dotprod", "i8mm"),
    cores=4,
    l2_kib=512,
    ram_mib=0,
)
