"""The outcome of memory planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgert_compiler.program.ir import Buffer, Storage

ALIGNMENT = 64


def align_up(size: int) -> int:
    """`size` rounded up to the alignment of arena buffers."""
    return -(-size // ALIGNMENT) * ALIGNMENT


@dataclass(frozen=True, eq=False)
class MemoryPlan:
    """Offsets of the arena buffers.

    `lower_bound` is the maximum over the calls of the bytes that are live at once; no plan for this
    order of calls can be smaller. `strategy` names the placement that won. `state_offsets` are
    those of the program's states: at the start of the arena, whatever the calls are, so that all
    programs of a bundle find them there.
    """

    offsets: Mapping[Buffer, int]
    arena_size: int
    lower_bound: int
    strategy: str = ""
    state_offsets: tuple[int, ...] = ()

    def offset(self, buffer: Buffer) -> int | None:
        """Where a buffer in the arena starts; None where it was not planned."""
        if buffer.storage == Storage.STATE:
            return self.state_offsets[buffer.port]
        return self.offsets.get(buffer)
