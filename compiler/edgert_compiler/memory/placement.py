"""Placing blocks one after another, each into a gap between those that exist at the same time."""

from __future__ import annotations

from collections.abc import Sequence

from edgert_compiler.memory.lifetimes import Block


class Placement:
    """The blocks of one planning problem and which of them exist at the same time."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.neighbours = _neighbours(blocks)

    def first_fit(self, order: Sequence[int]) -> list[int]:
        """Offsets by block, when each block in `order` takes the lowest address that is free."""
        return self._place(order, best=False)

    def best_fit(self, order: Sequence[int]) -> list[int]:
        """As `first_fit`, but into the smallest gap that is large enough."""
        return self._place(order, best=True)

    def peak(self, offsets: Sequence[int]) -> int:
        """The arena size that the offsets need."""
        return max((o + block.size for o, block in zip(offsets, self.blocks)), default=0)

    def _place(self, order: Sequence[int], best: bool) -> list[int]:
        offsets = [-1] * len(self.blocks)
        for index in order:
            taken = sorted(
                (offsets[n], offsets[n] + self.blocks[n].size)
                for n in self.neighbours[index]
                if offsets[n] >= 0
            )
            offsets[index] = _gap(taken, self.blocks[index].size, best)
        return offsets


def _gap(taken: Sequence[tuple[int, int]], size: int, best: bool) -> int:
    """The offset of the first or of the smallest gap of `size` bytes between sorted intervals."""
    end = 0
    smallest, chosen = None, -1
    for start, stop in taken:
        gap = start - end
        if gap >= size:
            if not best:
                return end
            if smallest is None or gap < smallest:
                smallest, chosen = gap, end
        end = max(end, stop)
    return end if chosen < 0 else chosen


def _neighbours(blocks: Sequence[Block]) -> list[list[int]]:
    """For each block, the others that exist during one of its calls."""
    neighbours: list[list[int]] = [[] for _ in blocks]
    active: list[int] = []
    for index in sorted(range(len(blocks)), key=lambda i: blocks[i].first):
        active = [other for other in active if blocks[other].last >= blocks[index].first]
        for other in active:
            neighbours[other].append(index)
            neighbours[index].append(other)
        active.append(index)
    return neighbours
