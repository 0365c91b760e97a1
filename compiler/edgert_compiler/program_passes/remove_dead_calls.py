"""Removes calls whose results nobody reads.

Before::

    dequantize(x) -> f        lookup_s8(x) -> y        conv2d_s8(y) -> output

After::

    lookup_s8(x) -> y         conv2d_s8(y) -> output
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgert_compiler.graph.region import Region
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.control import LOOP
from edgert_compiler.program.ir import Buffer, KernelCall, Program, Storage

KEPT = (Storage.OUTPUT, Storage.STATE)  # what is there after a run


def run(program: Program, _context: PassContext) -> Program:
    """Walks backwards from outputs and states, buffer by buffer; again where an iteration of a loop
    needs what the one before it wrote.
    """
    live, needed = _needed(program.calls, frozenset())
    if any(call.kernel == LOOP for call in live):
        found = -1
        while found != len(live):
            found = len(live)
            live, needed = _needed(program.calls, needed)
    if len(live) == len(program.calls):
        return program
    return replace(program, calls=tuple(live))


def _needed(
    calls: Sequence[KernelCall], read_later: frozenset[Buffer]
) -> tuple[list[KernelCall], frozenset[Buffer]]:
    """The calls whose results are read, and what these calls read. Control calls decide whether
    such calls run.
    """
    needed = set(read_later)
    live: list[KernelCall] = []
    regions: set[Region | None] = set()
    for call in reversed(calls):
        written = [tensor.buffer for tensor in call.outputs]
        read = any(b.storage in KEPT or b in needed for b in written)
        if read or regions.intersection(call.bodies):
            live.append(call)
            regions.add(call.region)
            needed.update(tensor.buffer for tensor in call.inputs if tensor is not None)
    return live[::-1], frozenset(needed)
