"""Who reads and who writes each buffer; replacing tensors in calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from edgert_compiler.program.access import accepts_input, accepts_output
from edgert_compiler.program.control import loops
from edgert_compiler.program.ir import Buffer, KernelCall, Tensor


class Use(NamedTuple):
    """Operand `operand` of call `position`."""

    position: int
    operand: int
    tensor: Tensor


class Usage:
    """The reads and writes of a sequence of calls, by buffer, in call order."""

    def __init__(self, calls: Sequence[KernelCall]) -> None:
        self.calls = calls
        self._loops = list(loops(calls))
        self.reads: defaultdict[Buffer, list[Use]] = defaultdict(list)
        self.writes: defaultdict[Buffer, list[Use]] = defaultdict(list)
        for position, call in enumerate(calls):
            for index, tensor in enumerate(call.inputs):
                if tensor is not None:
                    self.reads[tensor.buffer].append(Use(position, index, tensor))
            for index, tensor in enumerate(call.outputs):
                self.writes[tensor.buffer].append(Use(position, index, tensor))

    def accepts_read(self, use: Use, tensor: Tensor) -> bool:
        """Whether the reading call could read `tensor` instead."""
        return accepts_input(self.calls[use.position], use.operand, tensor)

    def accepts_write(self, use: Use, tensor: Tensor) -> bool:
        """Whether the writing call could write `tensor` instead."""
        return accepts_output(self.calls[use.position], use.operand, tensor)

    def written_between(self, buffer: Buffer, first: int, last: int) -> bool:
        """Whether a call after `first`, up to and including `last`, may write to the buffer.

        That is any call of a loop that starts in between: `last` runs in each of its iterations.
        """
        for loop in self._loops:
            if first < loop.start <= last < loop.stop:
                last = loop.stop - 1
        return any(first < use.position <= last for use in self.writes[buffer])


def substitute(call: KernelCall, replaced: Mapping[Tensor, Tensor]) -> KernelCall:
    """The call with tensors replaced; `call` itself where none of its operands is."""
    inputs = tuple(None if t is None else replaced.get(t, t) for t in call.inputs)
    outputs = tuple(replaced.get(t, t) for t in call.outputs)
    if inputs == call.inputs and outputs == call.outputs:
        return call
    return replace(call, inputs=inputs, outputs=outputs)
