"""The outcome of memory planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgert.compiler.program.ir import Buffer

ALIGNMENT = 64


def align_up(size: int) -> int:
    """`size` rounded up to the alignment of arena buffers."""
    return -(-size // ALIGNMENT) * ALIGNMENT


@dataclass(frozen=True, eq=False)
class MemoryPlan:
    """Offsets of the arena buffers.

    `lower_bound` is the maximum over the calls of the bytes that are live at once; no plan for this
    order of calls can be smaller. `strategy` names the placement that won.
    """

    offsets: Mapping[Buffer, int]
    arena_size: int
    lower_bound: int
    strategy: str = ""
