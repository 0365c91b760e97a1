"""Any 64-bit x86 CPU."""

from edgert_targets.base import CpuTarget

TARGET = CpuTarget(
    name="x86_64",
    description="Any 64-bit x86 CPU",
    architecture="x86_64",
    isa=("scalar", "avx2", "avx512vnni"),
    cores=4,
    l2_kib=512,
    ram_mib=0,
)
