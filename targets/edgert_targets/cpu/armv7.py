"""32-bit ARM CPU with VFPv3."""

from edgert_targets.base import CpuTarget

TARGET = CpuTarget(
    name="armv7",
    description="32-bit ARM CPU with VFPv3",
    architecture="armv7l",
    isa=("scalar",),
    cores=4,
    l2_kib=512,
    ram_mib=0,
)
