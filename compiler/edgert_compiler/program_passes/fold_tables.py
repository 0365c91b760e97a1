"""Lets int8 convolutions apply the table that follows them.

Before::

    conv2d_s8(x, weights, ...) -> t: s8        lookup_s8(t, table) -> y

After::

    conv2d_s8(x, weights, ..., lut=table) -> y
"""

from __future__ import annotations

from dataclasses import replace

from edgert_compiler.program.access import accepts_output
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import DType, KernelCall, Program, Storage
from edgert_compiler.program.tables import only_reader
from edgert_compiler.program.usage import Usage
from edgert_compiler.program.windows import map_window

KERNELS = ("conv2d_s8", "depthwise_conv2d_s8")
LUT = 6  # index of the operand


def run(program: Program, _context: PassContext) -> Program:
    """Convolution by convolution. The result is written where the lookup wrote it, but earlier."""
    usage = Usage(program.calls)
    calls: list[KernelCall | None] = list(program.calls)
    for position, call in enumerate(program.calls):
        reader = _lookup(usage, call)
        folded = None if reader is None else _folded(usage, position, reader)
        if reader is not None and folded is not None:
            calls[position], calls[reader] = folded, None
    if None not in calls:
        return program
    return replace(program, calls=tuple(call for call in calls if call is not None))


def _lookup(usage: Usage, call: KernelCall) -> int | None:
    """The position of the lookup that is all that reads the convolution's result."""
    if call.kernel not in KERNELS or (len(call.inputs) > LUT and call.inputs[LUT] is not None):
        return None
    output = call.outputs[0]
    if output.dtype != DType.S8 or output.buffer.storage != Storage.ARENA:
        return None
    reader = only_reader(usage, output)
    return reader if reader is not None and usage.calls[reader].kernel == "lookup_s8" else None


def _folded(usage: Usage, position: int, reader: int) -> KernelCall | None:
    call, lookup = usage.calls[position], usage.calls[reader]
    source, table = lookup.inputs
    target = lookup.outputs[0]
    assert source is not None
    if source.count != call.outputs[0].count or source.shape != target.shape:
        return None
    window = map_window(call.outputs[0], source, target)
    if window is None or not accepts_output(call, 0, window):
        return None
    others = [*usage.writes[target.buffer], *usage.reads[target.buffer]]
    if any(position <= use.position < reader for use in others):
        return None
    inputs = (*call.inputs, *[None] * LUT)[:LUT]
    names = "+".join(filter(None, (call.name, lookup.name)))
    return replace(
        call,
        inputs=(*inputs, table),
        outputs=(replace(window, name=target.name),),
        name=names,
        inplace=tuple(i for i in call.inplace if i != LUT),
    )
