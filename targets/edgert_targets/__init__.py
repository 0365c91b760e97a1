"""Targets of the compiler: one file per target, found by themselves.

A module in a folder of this one that has a constant `TARGET` adds a target. Other packages add
targets through the entry points `edgert.targets` (docs/plugins.md).
"""

from edgert_targets.base import DEFAULT, CpuTarget, Target, all_targets, choose, find

__all__ = ["DEFAULT", "CpuTarget", "Target", "all_targets", "choose", "find"]
