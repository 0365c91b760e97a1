"""Reads the source of a copy instead of the copy.

Before::

    strided_copy(x[:, :, 8:16]) -> y      (slice, split, transpose, expand, a copied input)
    conv2d_s8(y) -> z

After, where every reader of y takes the strides::

    conv2d_s8(x[:, :, 8:16]) -> z
"""

from __future__ import annotations

from dataclasses import replace

from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import Buffer, Program, Storage, Tensor
from edgert_compiler.program.usage import Usage, substitute
from edgert_compiler.program.windows import map_window


def run(program: Program, _context: PassContext) -> Program:
    """Repeats until no copy can be dropped, as one copy may read another."""
    while (result := _forward_once(program)) is not program:
        program = result
    return program


def _forward_once(program: Program) -> Program:
    usage = Usage(program.calls)
    replaced: dict[Tensor, Tensor] = {}
    dropped: set[int] = set()
    touched: set[Buffer] = set()
    for position, call in enumerate(program.calls):
        if call.kernel != "strided_copy":
            continue
        (source,), (target,) = call.inputs, call.outputs
        assert source is not None
        if touched & {source.buffer, target.buffer}:
            continue
        windows = _readers_of_source(usage, position, source, target)
        if windows is not None:
            replaced.update(windows)
            dropped.add(position)
            touched |= {source.buffer, target.buffer}
    if not dropped:
        return program
    calls = [substitute(c, replaced) for i, c in enumerate(program.calls) if i not in dropped]
    return replace(program, calls=tuple(calls))


def _readers_of_source(
    usage: Usage, position: int, source: Tensor, target: Tensor
) -> dict[Tensor, Tensor] | None:
    """For each tensor that reads the copy, the one that reads its source; None where one cannot."""
    if target.buffer.storage != Storage.ARENA or len(usage.writes[target.buffer]) != 1:
        return None
    last = max((use.position for use in usage.reads[target.buffer]), default=position)
    if usage.written_between(source.buffer, position, last):
        return None
    windows: dict[Tensor, Tensor] = {}
    for use in usage.reads[target.buffer]:
        window = map_window(use.tensor, target, source)
        if window is None or not usage.accepts_read(use, window):
            return None
        windows[use.tensor] = window
    return windows
