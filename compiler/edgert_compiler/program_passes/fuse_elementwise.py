"""Merges chains of elementwise calls into one pass over memory.

Before::

    elementwise(x: s8) -> f            dequantize
    elementwise(f, y; mul, add) -> g
    elementwise(g; sigmoid) -> z: s8   quantize

After::

    elementwise(x: s8, y; mul, add, sigmoid) -> z: s8

Results stay the same: only values that are stored as they are in registers (f32, and s64 among
integers) are kept there. A value that is read repeatedly, by several calls or broadcast, is
computed once, unless it is a mere conversion.
"""

from __future__ import annotations

from dataclasses import replace

from edgert_compiler.program.context import PassContext
from edgert_compiler.program.elementwise import Operand, domain, inline, operands
from edgert_compiler.program.ir import Buffer, KernelCall, Program, Storage, Tensor
from edgert_compiler.program.usage import Usage
from edgert_compiler.program.windows import broadcast, map_window, unbroadcast


def run(program: Program, _context: PassContext) -> Program:
    """Repeats until nothing merges: readers that became one may now swallow what they share."""
    while (result := _merge_once(program)) is not program:
        program = result
    return program


def _merge_once(program: Program) -> Program:
    """Takes the calls in order, so that each finds its producers already merged with theirs."""
    usage = Usage(program.calls)
    calls: dict[int, KernelCall] = dict(enumerate(program.calls))
    for position, call in enumerate(program.calls):
        if call.kernel != "elementwise":
            continue
        for buffer in dict.fromkeys(t.buffer for t in call.inputs if t is not None):
            producer = _producer(usage, calls, position, buffer)
            result = None if producer is None else _merge(calls[position], calls[producer], buffer)
            if producer is not None and result is not None:
                calls[position] = result
                if _readers(usage, buffer) == {position}:
                    del calls[producer]
    merged = tuple(calls.values())
    return program if merged == program.calls else replace(program, calls=merged)


def _readers(usage: Usage, buffer: Buffer) -> set[int]:
    return {use.position for use in usage.reads[buffer]}


def _producer(
    usage: Usage, calls: dict[int, KernelCall], position: int, buffer: Buffer
) -> int | None:
    """The elementwise call that computes what `position` reads there and may be merged into it."""
    writes = usage.writes[buffer]
    if buffer.storage != Storage.ARENA or len(writes) != 1:
        return None
    producer, reader = calls[writes[0].position], calls[position]
    if producer.kernel != "elementwise" or producer.region is not reader.region:
        return None
    if not _kept_in_register(producer, reader):
        return None
    reads = [tensor for tensor in reader.inputs if tensor is not None and tensor.buffer is buffer]
    repeated = any(tensor.count < reader.outputs[0].count for tensor in reads)
    if producer.instructions and (_readers(usage, buffer) != {position} or repeated):
        return None
    sources = [source.buffer for source in producer.inputs if source is not None]
    if any(usage.written_between(source, writes[0].position, position) for source in sources):
        return None
    return writes[0].position


def _kept_in_register(producer: KernelCall, reader: KernelCall) -> bool:
    """Whether storing and loading the value between both calls changes nothing."""
    registers = domain([*producer.inputs, *producer.outputs])
    between = producer.outputs[0].buffer
    others = [*reader.inputs, *reader.outputs]
    left = [t for t in (*producer.inputs, *others) if t is not None and t.buffer is not between]
    if not registers == domain(others) == domain(left):
        return False
    return producer.outputs[0].dtype == registers


def _merge(call: KernelCall, producer: KernelCall, buffer: Buffer) -> KernelCall | None:
    """`call` with every input in `buffer` computed by itself, None where views forbid it."""
    result = _inline_into(call, producer, buffer)
    if result is None:
        reshaped = _in_shape_of(call, buffer, producer.outputs[0])
        result = None if reshaped is None else _inline_into(reshaped, producer, buffer)
    return result


def _inline_into(call: KernelCall, producer: KernelCall, buffer: Buffer) -> KernelCall | None:
    inputs: dict[int, list[Operand]] = {}
    for index, read in enumerate(call.inputs):
        if read is None or read.buffer is not buffer:
            continue
        seen = [_seen_through(operand, producer.outputs[0], read) for operand in operands(producer)]
        if None in seen:
            return None
        inputs[index] = [operand for operand in seen if operand is not None]
    return inline(call, producer, inputs)


def _seen_through(operand: Operand, output: Tensor, read: Tensor) -> Operand | None:
    """The producer's operand in the index space of a reader of its output."""
    window = map_window(read, output, broadcast(operand.tensor, output.shape))
    if window is None:
        return None
    named = replace(unbroadcast(window), name=operand.tensor.name)
    return replace(operand, tensor=named)


def _in_shape_of(call: KernelCall, buffer: Buffer, output: Tensor) -> KernelCall | None:
    """The same call over the dimensions of `output`, if it reads all of that in one way."""
    tensors = [t for t in (*call.inputs, *call.outputs) if t is not None]
    shape = call.outputs[0].shape
    read = next(tensor for tensor in tensors if tensor.buffer is buffer)
    if read.shape != shape:
        return None
    views = []
    for tensor in tensors:
        window = map_window(output, read, broadcast(tensor, shape))
        if window is None:
            return None
        views.append(replace(window, name=tensor.name))
    inputs = tuple(unbroadcast(view) for view in views[:-1])
    return replace(call, inputs=inputs, outputs=(views[-1],))
