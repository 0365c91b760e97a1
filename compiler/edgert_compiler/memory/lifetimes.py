"""Which arena buffers exist when, and which of them may share one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgert_compiler.memory.plan import align_up
from edgert_compiler.program.control import loops
from edgert_compiler.program.ir import Buffer, KernelCall, Storage, Tensor


@dataclass(frozen=True)
class Block:
    """Buffers at one arena offset: a single one, or a chain in which each overwrites the last.

    `first` and `last` are the calls between which it must exist, both included.
    """

    buffers: tuple[Buffer, ...]
    size: int
    first: int
    last: int


def arena_blocks(calls: Sequence[KernelCall], keep: bool = False) -> list[Block]:
    """The blocks of a sequence of calls, in order of first use.

    keep: every buffer exists until the end, in memory of its own.
    """
    spans = _spans(calls)
    if keep:
        spans = {buffer: (first, len(calls) - 1) for buffer, (first, _) in spans.items()}
        return sorted((_block((b,), spans) for b in spans), key=lambda block: block.first)
    chains: dict[Buffer, list[Buffer]] = {}
    for index, call in enumerate(calls):
        source = _overwritten(call, index, spans)
        target = call.outputs[0].buffer if call.outputs else None
        if source is not None and target is not None:
            chains[target] = chains.pop(source, [source])
            chains[target].append(target)
    chained = {buffer for chain in chains.values() for buffer in chain}
    groups = [tuple(chain) for chain in chains.values()]
    groups += [(buffer,) for buffer in spans if buffer not in chained]
    blocks = [_block(group, spans) for group in groups]
    return sorted(blocks, key=lambda block: block.first)


def live_bytes(blocks: Sequence[Block], calls: int) -> list[int]:
    """Bytes that exist during each call."""
    changes = [0] * (calls + 1)
    for block in blocks:
        changes[block.first] += block.size
        changes[block.last + 1] -= block.size
    live, total = [], 0
    for change in changes[:calls]:
        total += change
        live.append(total)
    return live


def _spans(calls: Sequence[KernelCall]) -> dict[Buffer, tuple[int, int]]:
    spans: dict[Buffer, tuple[int, int]] = {}
    for index, call in enumerate(calls):
        for tensor in (*call.outputs, *call.inputs):
            if tensor is not None and tensor.buffer.storage == Storage.ARENA:
                spans[tensor.buffer] = (spans.get(tensor.buffer, (index,))[0], index)
    for loop in loops(calls):
        spans = {buffer: _throughout(span, loop) for buffer, span in spans.items()}
    return spans


def _throughout(span: tuple[int, int], loop: range) -> tuple[int, int]:
    """What was written before a loop and is used inside of it is needed in every iteration."""
    first, last = span
    return (first, max(last, loop.stop - 1)) if first < loop.start <= last else span


def _block(group: tuple[Buffer, ...], spans: dict[Buffer, tuple[int, int]]) -> Block:
    size = max(align_up(buffer.nbytes) for buffer in group)
    return Block(group, size, spans[group[0]][0], spans[group[-1]][1])


def _overwritten(
    call: KernelCall, index: int, spans: dict[Buffer, tuple[int, int]]
) -> Buffer | None:
    """The first buffer that output 0 may take the place of, or None.

    Only one of the same size: a block has one size from its first call to its last.
    """
    if len(call.outputs) != 1 or spans.get(call.outputs[0].buffer, (-1,))[0] != index:
        return None
    size = align_up(call.outputs[0].buffer.nbytes)
    candidates = (
        tensor.buffer
        for i in call.inplace
        if (tensor := call.inputs[i]) is not None
        and tensor.buffer.storage == Storage.ARENA
        and spans[tensor.buffer][1] == index
        and align_up(tensor.buffer.nbytes) == size
        and _same_elements(tensor, call.outputs[0])
        and _reads_only_once(call, tensor)
    )
    return next(candidates, None)


def _same_elements(source: Tensor, target: Tensor) -> bool:
    """Whether element i of both lies at the same place within its buffer."""
    return (
        source.shape == target.shape
        and source.offset == target.offset
        and source.dtype.itemsize == target.dtype.itemsize
        and (source.strides == target.strides or (source.contiguous and target.contiguous))
    )


def _reads_only_once(call: KernelCall, source: Tensor) -> bool:
    """Whether every input in the source's buffer is one that may be overwritten in the same way."""
    return all(
        tensor is None
        or tensor.buffer is not source.buffer
        or (i in call.inplace and _same_elements(tensor, source))
        for i, tensor in enumerate(call.inputs)
    )
