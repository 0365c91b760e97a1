"""Turns consecutive table lookups into one.

Before::

    lookup_s8(x, first) -> t        lookup_s8(t, second) -> y

After::

    lookup_s8(x, second[first]) -> y
"""

from __future__ import annotations

from dataclasses import replace

from edgert_compiler.program.context import PassContext
from edgert_compiler.program.elementwise import overwritable
from edgert_compiler.program.ir import KernelCall, Program, Storage, constant_tensor
from edgert_compiler.program.tables import only_reader, table_of
from edgert_compiler.program.usage import Usage
from edgert_compiler.program.windows import broadcast, map_window, unbroadcast


def run(program: Program, _context: PassContext) -> Program:
    """Repeats until no lookup reads another."""
    while (result := _compose_once(program)) is not program:
        program = result
    return program


def _compose_once(program: Program) -> Program:
    usage = Usage(program.calls)
    for position, call in enumerate(program.calls):
        if call.kernel != "lookup_s8" or call.outputs[0].buffer.storage != Storage.ARENA:
            continue
        reader = only_reader(usage, call.outputs[0])
        if reader is None or program.calls[reader].kernel != "lookup_s8":
            continue
        composed = _composed(usage, position, reader)
        if composed is not None:
            calls = list(program.calls)
            calls[reader] = composed
            del calls[position]
            return replace(program, calls=tuple(calls))
    return program


def _composed(usage: Usage, position: int, reader: int) -> KernelCall | None:
    first, second = usage.calls[position], usage.calls[reader]
    source, read, target = first.inputs[0], second.inputs[0], second.outputs[0]
    assert source is not None
    assert read is not None
    if usage.written_between(source.buffer, position, reader):
        return None
    window = map_window(read, first.outputs[0], broadcast(source, first.outputs[0].shape))
    if window is None:
        return None
    window = replace(unbroadcast(window), name=source.name)
    table = constant_tensor(table_of(second)[table_of(first)])
    names = "+".join(filter(None, (first.name, second.name)))
    inplace = overwritable((window,), target)
    return replace(second, inputs=(window, table), name=names, inplace=inplace)
