"""Targets of the compiler: one file per target, found by themselves.

A module in this folder or in `cpu/` that has a constant `TARGET` adds a target.
"""

from edgert.targets.base import DEFAULT, CpuTarget, Target, all_targets, choose, find

__all__ = ["DEFAULT", "CpuTarget", "Target", "all_targets", "choose", "find"]
