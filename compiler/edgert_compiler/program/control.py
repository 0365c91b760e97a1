"""Control flow in a program: where the bodies of control calls lie.

Calls stay one flat sequence. Each names its region; the calls of a region, those of regions inside
of it included, lie in one piece behind the control call, behind its earlier bodies. So a pass may
drop, replace or merge calls of one region without any bookkeeping.

What a pass that moves work from one call to another has to know:

- A call runs once for each time that its region does. Work moves within a region only, unless it is
  meant to run more or less often.
- A value that is written in one place only is read in that region or inside of it, never outside:
  nobody knows whether, or which time, it was written. So whatever a single-writer value is
  computed from can change between the write and a read only by writes later in the sequence.
- Values that leave a branch, or go from one iteration to the next, have several writers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgert_compiler.graph.region import Region
from edgert_compiler.program.ir import KernelCall

LOOP = "loop"
IF = "if"


def extents(calls: Sequence[KernelCall]) -> dict[Region, range]:
    """The positions of each region's calls, regions inside of it included; without empty ones."""
    found: dict[Region, range] = {}
    for position, call in enumerate(calls):
        region = call.region
        while region is not None:
            first = found[region].start if region in found else position
            found[region] = range(first, position + 1)
            region = region.parent
    return found


def loops(calls: Sequence[KernelCall]) -> Iterator[range]:
    """The positions of each loop: its control call and its body."""
    found = extents(calls)
    for position, call in enumerate(calls):
        if call.kernel == LOOP:
            yield range(position, found.get(call.bodies[0], range(position, position + 1)).stop)


def units(calls: Sequence[KernelCall]) -> list[range]:
    """The program's own calls, each with all that runs under it."""
    starts = [position for position, call in enumerate(calls) if call.region is None]
    return [range(a, b) for a, b in zip(starts, [*starts[1:], len(calls)])]


def body_sizes(calls: Sequence[KernelCall]) -> dict[KernelCall, tuple[int, ...]]:
    """For each control call, how many calls each of its bodies has."""
    found = extents(calls)
    return {
        call: tuple(len(found.get(body, range(0))) for body in call.bodies)
        for call in calls
        if call.bodies
    }


def structure_problem(calls: Sequence[KernelCall]) -> str | None:
    """Why the calls are not where their regions say, None where they are."""
    sequence = iter((*calls, None))
    seen: set[Region] = set()
    current = next(sequence)

    def region(of: Region | None) -> None:
        nonlocal current
        while current is not None and current.region is of:
            bodies = current.bodies
            current = next(sequence)
            for body in bodies:
                if body.parent is not of or body in seen:
                    raise ValueError("a body belongs to another control call")
                seen.add(body)
                region(body)

    try:
        region(None)
    except ValueError as problem:
        return str(problem)
    if current is not None:
        return f"call '{current.name}' ({current.kernel}) is not where its region is"
    return None
