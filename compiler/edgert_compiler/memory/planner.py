"""Plans the arena: an offset for every arena buffer of a program."""

from __future__ import annotations

from collections.abc import Sequence

from edgert_compiler.memory import search
from edgert_compiler.memory.lifetimes import arena_blocks, live_bytes
from edgert_compiler.memory.placement import Placement
from edgert_compiler.memory.plan import MemoryPlan, align_up
from edgert_compiler.memory.strategies import ORDERS
from edgert_compiler.program.ir import KernelCall, Program


def lower_bound(calls: Sequence[KernelCall]) -> int:
    """The most bytes that are live during one call; no plan for this order can be smaller."""
    return max(live_bytes(arena_blocks(calls), len(calls)), default=0)


def plan_memory(program: Program, keep: bool = False) -> MemoryPlan:
    """The smallest arena that any strategy finds.

    keep: whether what a run computes stays readable behind it: no buffers share memory.

    - A buffer exists from its first to its last call; buffers that never exist at once may overlap.
    - A call that may work in place takes over the memory of an input that ends with it.
    - Every order of strategies.py is placed by first fit and by best fit.
    - If none meets the lower bound, few blocks are searched exhaustively, many by local search.
    - States come first and share their memory with nothing.
    - Offsets are multiples of 64. The same program gives the same plan.

    Not promised: the optimum for more than a few blocks, and another order of calls (see the
    program pass that reorders them).
    """
    blocks = arena_blocks(program.calls, keep)
    live = live_bytes(blocks, len(program.calls))
    lower = max(live, default=0)
    placement = Placement(blocks)
    peak, name, offsets = _best_order(placement, live)
    if peak > lower:
        found, searched = _search(placement, live, name, offsets, lower)
        if found is not None:
            peak, name, offsets = placement.peak(found), searched, found
    states, kept = _place_states(program)
    by_buffer = {b: kept + offset for offset, block in zip(offsets, blocks) for b in block.buffers}
    return MemoryPlan(by_buffer, kept + peak, kept + lower, name, states)


def _place_states(program: Program) -> tuple[tuple[int, ...], int]:
    """The offsets of the states, one after the other, and where they end."""
    offsets, end = [], 0
    for state in program.states:
        offsets.append(end)
        end += align_up(state.port.nbytes)
    return tuple(offsets), end


def _best_order(placement: Placement, live: Sequence[int]) -> tuple[int, str, list[int]]:
    """(peak, strategy, offsets) of the best simple strategy; earlier ones win ties."""
    results = []
    for name, order in ORDERS.items():
        indices = order(placement.blocks, live)
        for fit in (placement.first_fit, placement.best_fit):
            offsets = fit(indices)
            results.append((placement.peak(offsets), f"{name}, {fit.__name__}", offsets))
    return min(results, key=lambda result: result[0])


def _search(
    placement: Placement, live: Sequence[int], name: str, offsets: list[int], lower: int
) -> tuple[list[int] | None, str]:
    if len(placement.blocks) <= search.EXACT_LIMIT:
        return search.exact(placement, placement.peak(offsets), lower), "exact"
    order = ORDERS[name.partition(",")[0]](placement.blocks, live)
    return search.local(placement, order, offsets, lower), "local_search"
