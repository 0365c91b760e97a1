"""What a target is, and how targets are found."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from edgert.compiler.discovery import modules
from edgert.errors import CompileError


@dataclass(frozen=True)
class Target:
    """A kind of machine or format that a model can be compiled for."""

    name: str
    description: str


@dataclass(frozen=True)
class CpuTarget(Target):
    """A CPU that runs bundles on edgert's own kernels.

    One bundle runs on every CPU: weights are packed in one layout for all instruction sets, and
    kernels are chosen when the bundle is loaded. The profile is for costs and for reports.

    Attributes:
        architecture: as `platform.machine()` prints it.
        isa: instruction sets that dispatch may choose, best last.
        cores: number of cores that inference should use.
        l2_kib: second-level cache per core, KiB.
        ram_mib: memory of the board, MiB; 0 where it varies.
    """

    architecture: str
    isa: tuple[str, ...]
    cores: int
    l2_kib: int
    ram_mib: int = 0


@functools.cache
def all_targets() -> Mapping[str, Target]:
    """Every target by name, sorted."""
    found: dict[str, Target] = {}
    for module in modules("edgert.targets"):
        target = getattr(module, "TARGET", None)
        if isinstance(target, Target):
            found[target.name] = target
    return dict(sorted(found.items()))


def find(name: str) -> Target:
    """The target called `name`. Raises CompileError that lists the known ones."""
    targets = all_targets()
    if name not in targets:
        raise CompileError(f"unknown target '{name}'; known targets: {', '.join(targets)}")
    return targets[name]
