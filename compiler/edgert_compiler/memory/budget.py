"""A hard limit on the arena, and what exceeds it."""

from __future__ import annotations

from edgert._text import shorten, size
from edgert.errors import CompileError
from edgert_compiler.memory.lifetimes import Block, arena_blocks, live_bytes
from edgert_compiler.memory.plan import MemoryPlan
from edgert_compiler.program.ir import Buffer, Program

_LARGEST = 5  # tensors that the error names


def check_budget(program: Program, plan: MemoryPlan, max_ram: int, keep: bool = False) -> None:
    """Raises CompileError where the arena, states included, is larger than `max_ram` bytes.

    It names the call during which most is alive, and the largest tensors at that time. keep: as for
    `plan_memory`.
    """
    if plan.arena_size <= max_ram:
        return
    parts = [f"the arena needs {plan.arena_size:,} bytes, more than the {max_ram:,} of --max-ram"]
    if program.states:
        kept = sum(state.port.nbytes for state in program.states)
        parts.append(f"states take {size(kept)} throughout")
    if program.calls and not keep:
        parts.append(_peak(program))
    if keep:
        parts.append("every result is kept (--keep-intermediates)")
    advice = (
        "compile for smaller inputs (--input-shape), or in int8 with calibration data "
        "(--calibration), or allow more"
    )
    raise CompileError("; ".join([*parts, advice]))


def _peak(program: Program) -> str:
    blocks = arena_blocks(program.calls)
    live = live_bytes(blocks, len(program.calls))
    position = max(range(len(live)), key=live.__getitem__)
    call = program.calls[position]
    present = [block for block in blocks if block.first <= position <= block.last]
    largest = sorted(present, key=lambda block: -block.size)[:_LARGEST]
    names = _names(program)
    listed = ", ".join(f"{_name(block, names)} {size(block.size)}" for block in largest)
    return (
        f"the peak of {size(live[position])} is at node '{shorten(call.name)}' ({call.kernel}): "
        f"{listed}"
    )


def _names(program: Program) -> dict[Buffer, str]:
    """The name of a tensor in each buffer, where one has a name."""
    names: dict[Buffer, str] = {}
    for call in program.calls:
        for tensor in (*call.outputs, *call.inputs):
            if tensor is not None and tensor.name:
                names.setdefault(tensor.buffer, tensor.name)
    return names


def _name(block: Block, names: dict[Buffer, str]) -> str:
    found = [names[buffer] for buffer in block.buffers if buffer in names]
    return f"'{shorten(found[0])}'" if found else "a temporary"
