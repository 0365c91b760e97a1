"""Searching for a better placement where the simple orders leave room: exact, and local."""

from __future__ import annotations

import random
from collections.abc import Sequence

from edgert_compiler.memory.placement import Placement

EXACT_LIMIT = 14  # blocks
EXACT_NODES = 50_000
LOCAL_STEPS = 200_000  # placed blocks in all


def exact(placement: Placement, upper: int, lower: int) -> list[int] | None:
    """Branch and bound over all placements; None where none is below `upper`.

    Some optimal placement has every block at the lowest address that the blocks below it leave; it
    is found by placing blocks in order of their offsets. Stops at `lower`, and after EXACT_NODES
    steps, then with the best placement so far.
    """
    blocks, neighbours = placement.blocks, placement.neighbours
    offsets = [-1] * len(blocks)
    best: list[int] | None = None
    nodes = 0

    def lowest(index: int, floor: int) -> int:
        ends = [offsets[n] + blocks[n].size for n in neighbours[index] if offsets[n] >= 0]
        return max([floor, *ends])

    def descend(floor: int, remaining: tuple[int, ...], peak: int) -> None:
        nonlocal best, upper, nodes
        if not remaining:
            best, upper = offsets.copy(), peak
            return
        choices = [(lowest(i, 0), i) for i in remaining]
        if any(offset + blocks[i].size >= upper for offset, i in choices):
            return
        for offset, index in sorted(choices):
            nodes += 1
            if upper <= lower or nodes > EXACT_NODES:
                return
            if offset < floor or max(peak, offset + blocks[index].size) >= upper:
                continue
            offsets[index] = offset
            rest = tuple(i for i in remaining if i != index)
            descend(offset, rest, max(peak, offset + blocks[index].size))
            offsets[index] = -1

    descend(0, tuple(range(len(blocks))), 0)
    return best


def local(
    placement: Placement, order: Sequence[int], offsets: list[int], lower: int
) -> list[int] | None:
    """Improves an order by placing the blocks at the peak earlier; None where nothing was gained.

    Deterministic: the random numbers have a fixed seed and the effort is counted, not timed.
    """
    generator = random.Random(0)
    current, best = list(order), None
    peak = placement.peak(offsets)
    for _ in range(LOCAL_STEPS // max(len(order), 1)):
        if peak <= lower:
            break
        candidate = _promote(placement, current, offsets, generator)
        placed = placement.first_fit(candidate)
        candidate_peak = placement.peak(placed)
        if candidate_peak <= peak:
            if candidate_peak < peak:
                best = placed
            current, offsets, peak = candidate, placed, candidate_peak
    return best


def _promote(
    placement: Placement, order: Sequence[int], offsets: Sequence[int], generator: random.Random
) -> list[int]:
    """Moves one block that ends at the peak, or one beside it, to a random earlier place."""
    blocks = placement.blocks
    peak = placement.peak(offsets)
    top = [i for i in order if offsets[i] + blocks[i].size == peak]
    index = generator.choice(top)
    if placement.neighbours[index] and generator.random() < 0.5:
        index = generator.choice(placement.neighbours[index])
    position = order.index(index)
    result = [i for i in order if i != index]
    result.insert(generator.randrange(position + 1), index)
    return result
