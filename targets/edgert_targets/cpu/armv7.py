"""Any 32-bit ARM CPU of armv7-a (Raspberry Pi 2; later ones with a 32-bit system)."""

from edgert_targets.base import CpuTarget

TARGET = CpuTarget(
    name="armv7",
    description="Any 32-bit ARM CPU with VFPv3, best with NEON (Raspberry Pi 2)",
    architecture="armv7l",
    isa=("scalar", "neon"),
    cores=4,
    l2_kib=512,
    ram_mib=0,
)
