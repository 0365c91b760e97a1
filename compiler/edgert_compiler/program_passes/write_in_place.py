"""Lets producers write where their result would be copied to.

Before::

    conv2d_s8(a) -> x          strided_copy(x) -> y[..., 0:16]       (Concat, Pad, a graph output)

After, where the producers and the other readers of x take the strides of y's part::

    conv2d_s8(a) -> y[..., 0:16]
"""

from __future__ import annotations

from dataclasses import replace

from edgert_compiler.graph.region import Region
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import Buffer, KernelCall, Program, Storage, Tensor
from edgert_compiler.program.regions import covers_buffer, disjoint
from edgert_compiler.program.usage import Usage, substitute
from edgert_compiler.program.windows import map_window


def run(program: Program, _context: PassContext) -> Program:
    """Repeats until no copy can be dropped: a concat may be part of another."""
    while (result := _write_once(program)) is not program:
        program = result
    return program


def _write_once(program: Program) -> Program:
    usage = Usage(program.calls)
    replaced: dict[Tensor, Tensor] = {}
    dropped: set[int] = set()
    hoisted: dict[int, int] = {}
    moved: set[Buffer] = set()
    receiving: set[Buffer] = set()
    for position, call in enumerate(program.calls):
        if call.kernel != "strided_copy":
            continue
        (source,), (target,) = call.inputs, call.outputs
        assert source is not None
        if source.buffer in moved | receiving or target.buffer in moved:
            continue
        if not _written_within(usage, source.buffer, call.region):
            continue
        windows = _windows_in_target(usage, source, target)
        fills = None if windows is None else _fills_to_hoist(usage, position, source, target)
        if windows is not None and fills is not None:
            replaced.update(windows)
            dropped.add(position)
            first = usage.writes[source.buffer][0].position
            hoisted.update((fill, min(first, hoisted.get(fill, first))) for fill in fills)
            moved.add(source.buffer)
            receiving.add(target.buffer)
    if not dropped:
        return program
    return replace(program, calls=_rebuilt(program.calls, replaced, dropped, hoisted))


def _written_within(usage: Usage, buffer: Buffer, region: Region | None) -> bool:
    """Whether no call outside of the copy's region writes the source: it would write the target
    where the copy does not run, or has not run yet.
    """
    writers = (usage.calls[use.position].region for use in usage.writes[buffer])
    return region is None or all(w is not None and w.within(region) for w in writers)


def _windows_in_target(usage: Usage, source: Tensor, target: Tensor) -> dict[Tensor, Tensor] | None:
    """For each tensor in the source's buffer, the same part of the target; None if one cannot."""
    if source.buffer.storage != Storage.ARENA or not covers_buffer(source):
        return None
    if source.buffer is target.buffer:
        return None
    windows: dict[Tensor, Tensor] = {}
    for uses, accepts in (
        (usage.reads[source.buffer], usage.accepts_read),
        (usage.writes[source.buffer], usage.accepts_write),
    ):
        for use in uses:
            window = map_window(use.tensor, source, target)
            if window is None or not accepts(use, window):
                return None
            windows[use.tensor] = window
    return windows


def _fills_to_hoist(
    usage: Usage, position: int, source: Tensor, target: Tensor
) -> list[int] | None:
    """The calls without inputs that must come before the first producer writes into the target.

    None where the producers would write too early or be overwritten: another call touches the same
    elements after the first of them, or writes them after the copy.
    """
    first = usage.writes[source.buffer][0].position
    if usage.writes[source.buffer][-1].position > position:
        return None
    fills = []
    for use in usage.writes[target.buffer]:
        if use.position == position or use.position < first or disjoint(use.tensor, target):
            continue
        fill = usage.calls[use.position]
        if use.position > position or fill.inputs or fill.region is not usage.calls[first].region:
            return None
        fills.append(use.position)
    early_reads = (u for u in usage.reads[target.buffer] if first <= u.position < position)
    if any(not disjoint(use.tensor, target) for use in early_reads):
        return None
    return fills


def _rebuilt(
    calls: tuple[KernelCall, ...],
    replaced: dict[Tensor, Tensor],
    dropped: set[int],
    hoisted: dict[int, int],
) -> tuple[KernelCall, ...]:
    keyed = [
        ((hoisted.get(i, i), i not in hoisted, i), substitute(call, replaced))
        for i, call in enumerate(calls)
        if i not in dropped
    ]
    return tuple(call for _, call in sorted(keyed, key=lambda item: item[0]))
