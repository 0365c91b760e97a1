"""Reorders independent calls so that less memory is live at once.

Before::

    a = conv(x)   b = conv(x)   a2 = conv(a)   b2 = conv(b)   add(a2, b2)

After, when a and b are large and a2 and b2 small::

    a = conv(x)   a2 = conv(a)   b = conv(x)   b2 = conv(b)   add(a2, b2)

A control call moves with its bodies, whose own calls keep their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from edgert_compiler.memory.planner import lower_bound
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.control import units
from edgert_compiler.program.ir import Buffer, KernelCall, Program, Storage
from edgert_compiler.program.regions import byte_range, disjoint
from edgert_compiler.program.usage import Usage, Use


def run(program: Program, _context: PassContext) -> Program:
    """List scheduling under two priorities; keeps the given order unless one is better."""
    usage = Usage(program.calls)
    parts = units(program.calls)
    before = _between_units(dependencies(usage), parts)
    candidates = [_schedule(usage, parts, before, eager) for eager in (False, True)]
    best = min(candidates, key=lower_bound)
    if lower_bound(best) >= lower_bound(program.calls):
        return program
    return replace(program, calls=tuple(best))


def dependencies(usage: Usage) -> list[set[int]]:
    """For each call, those that must come before it: a write, and a read or write of the same."""
    before: list[set[int]] = [set() for _ in usage.calls]
    for buffer, writes in usage.writes.items():
        reads = usage.reads[buffer]
        if len(writes) == 1:
            pairs: Iterable[tuple[Use, Use]] = ((writes[0], read) for read in reads)
        else:
            pairs = _overlapping(writes, reads)
        for one, other in pairs:
            early, late = sorted((one.position, other.position))
            if early != late:
                before[late].add(early)
    return before


def _overlapping(writes: Sequence[Use], reads: Sequence[Use]) -> Iterator[tuple[Use, Use]]:
    """Uses of a buffer that have bytes in common, one of each pair a write.

    A sweep over the buffer: `open_` has the uses that reach beyond where the current one begins.
    """
    uses = [(*byte_range(use.tensor), True, use) for use in writes]
    uses += [(*byte_range(use.tensor), False, use) for use in reads]
    open_: list[tuple[int, bool, Use]] = []
    for begin, end, written, use in sorted(uses, key=lambda entry: entry[:2]):
        open_ = [entry for entry in open_ if entry[0] > begin]
        for _, other_written, other in open_:
            if (written or other_written) and not disjoint(use.tensor, other.tensor):
                yield use, other
        open_.append((end, written, use))


def _between_units(before: list[set[int]], parts: Sequence[range]) -> list[set[int]]:
    """For each unit, those that must come before it."""
    unit_of = [unit for unit, part in enumerate(parts) for _ in part]
    return [
        {unit_of[early] for late in part for early in before[late]} - {unit}
        for unit, part in enumerate(parts)
    ]


def _schedule(
    usage: Usage, parts: Sequence[range], before: list[set[int]], eager: bool
) -> list[KernelCall]:
    """Always takes the ready unit that leaves (eager: that needs) the least memory."""
    after: defaultdict[int, list[int]] = defaultdict(list)
    for late, earlier in enumerate(before):
        for early in earlier:
            after[early].append(late)
    waiting = [len(earlier) for earlier in before]
    ready = {i for i, count in enumerate(waiting) if count == 0}
    memory = _LiveMemory([[usage.calls[i] for i in part] for part in parts])
    order: list[KernelCall] = []
    while ready:
        chosen = min(ready, key=lambda i: (*memory.cost(i, eager), i))
        ready.remove(chosen)
        memory.take(chosen)
        order.extend(usage.calls[i] for i in parts[chosen])
        for late in after[chosen]:
            waiting[late] -= 1
            if waiting[late] == 0:
                ready.add(late)
    return order


class _LiveMemory:
    """Which buffers exist, as units are taken one after another."""

    def __init__(self, parts: Sequence[Sequence[KernelCall]]) -> None:
        self.buffers = [_arena_buffers(calls) for calls in parts]
        self.remaining: defaultdict[Buffer, int] = defaultdict(int)
        for buffers in self.buffers:
            for buffer in buffers:
                self.remaining[buffer] += 1
        self.existing: set[Buffer] = set()

    def cost(self, unit: int, eager: bool) -> tuple[int, int]:
        """(change of live bytes, bytes to be allocated), eager: the other way round."""
        new = sum(b.nbytes for b in self.buffers[unit] if b not in self.existing)
        freed = sum(b.nbytes for b in self.buffers[unit] if self.remaining[b] == 1)
        return (new, new - freed) if eager else (new - freed, new)

    def take(self, unit: int) -> None:
        for buffer in self.buffers[unit]:
            self.existing.add(buffer)
            self.remaining[buffer] -= 1


def _arena_buffers(calls: Sequence[KernelCall]) -> Sequence[Buffer]:
    tensors = [t for call in calls for t in (*call.inputs, *call.outputs) if t is not None]
    return list(dict.fromkeys(t.buffer for t in tensors if t.buffer.storage == Storage.ARENA))
