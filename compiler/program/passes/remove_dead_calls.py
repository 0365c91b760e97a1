"""Removes calls whose results nobody reads.

Before::

    dequantize(x) -> f        lookup_s8(x) -> y        conv2d_s8(y) -> output

After::

    lookup_s8(x) -> y         conv2d_s8(y) -> output
"""

from __future__ import annotations

from dataclasses import replace

from edgert.compiler.program.context import PassContext
from edgert.compiler.program.ir import Buffer, Program, Storage

ORDER = 80

KEPT = (Storage.OUTPUT, Storage.STATE)  # what is there after a run


def run(program: Program, _context: PassContext) -> Program:
    """Walks backwards from outputs and states, buffer by buffer."""
    needed: set[Buffer] = set()
    live = []
    for call in reversed(program.calls):
        outputs = [tensor.buffer for tensor in call.outputs]
        if any(b.storage in KEPT or b in needed for b in outputs):
            live.append(call)
            needed.update(tensor.buffer for tensor in call.inputs if tensor is not None)
    if len(live) == len(program.calls):
        return program
    return replace(program, calls=tuple(reversed(live)))
