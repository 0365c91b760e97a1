"""Orders in which to place blocks. Each suits some shape of network; the planner tries all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from edgert_compiler.memory.lifetimes import Block

Order = Callable[[Sequence[Block], Sequence[int]], list[int]]


def greedy_by_size(blocks: Sequence[Block], _live: Sequence[int]) -> list[int]:
    """Largest first (Pisarchyk and Lee, 2020, arXiv:2001.03288)."""
    return sorted(range(len(blocks)), key=lambda i: (-blocks[i].size, blocks[i].first))


def greedy_by_breadth(blocks: Sequence[Block], live: Sequence[int]) -> list[int]:
    """The calls with most live bytes first, their blocks largest first (same source)."""
    peak = [max(live[block.first : block.last + 1]) for block in blocks]
    return sorted(range(len(blocks)), key=lambda i: (-peak[i], -blocks[i].size, blocks[i].first))


def greedy_by_lifetime(blocks: Sequence[Block], _live: Sequence[int]) -> list[int]:
    """Longest-lived first: they are the hardest to find room for later."""
    return sorted(
        range(len(blocks)),
        key=lambda i: (blocks[i].first - blocks[i].last, -blocks[i].size, blocks[i].first),
    )


def greedy_by_area(blocks: Sequence[Block], _live: Sequence[int]) -> list[int]:
    """Largest product of size and lifetime first."""
    return sorted(
        range(len(blocks)),
        key=lambda i: (blocks[i].size * (blocks[i].first - blocks[i].last - 1), blocks[i].first),
    )


def in_order(blocks: Sequence[Block], _live: Sequence[int]) -> list[int]:
    """In order of first use."""
    return list(range(len(blocks)))


ORDERS: Mapping[str, Order] = {
    order.__name__: order
    for order in (
        greedy_by_size,
        greedy_by_breadth,
        greedy_by_lifetime,
        greedy_by_area,
        in_order,
    )
}
