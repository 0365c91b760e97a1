"""What must be true of every kernel program. Runs after lowering and after each program pass."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from edgert.errors import Error
from edgert_compiler.graph.limits import (
    ELEMENTWISE_INPUTS,
    INSTRUCTIONS,
    MAX_INPUTS,
    MAX_OUTPUTS,
    MAX_RANK,
    REGISTERS,
)
from edgert_compiler.program.control import LOOP, extents, structure_problem
from edgert_compiler.program.ir import (
    Buffer,
    DType,
    KernelCall,
    Program,
    Storage,
    Tensor,
)
from edgert_compiler.program.regions import (
    ByteMask,
    byte_range,
    covers_buffer,
    disjoint,
    is_injective,
)

_CONSTANTS = (Storage.CONSTANT, Storage.WIDENED)


class ProgramError(Error):
    """A kernel program is malformed: a defect of the compiler, not of the model."""


def check_program(program: Program, fields: Mapping[str, Sequence[str]] | None = None) -> None:
    """Raises ProgramError where an invariant does not hold.

    - Tensors lie inside their buffers, aligned to their elements; ranks are at most 8.
    - Constants have data and are never written, nor are inputs.
    - Every element that a call reads was written before, whichever branches run, and however often
      loops do; states in an earlier run. Every output and every state is written entirely.
    - A call does not read what it writes.
    - The calls of a region lie in one piece behind their control call.
    - Instructions are at most 1024, and stay within 16 registers.
    - Parameters are among the kernel's `fields` (by kernel name; None: not checked).
    """
    problem = structure_problem(program.calls)
    _require(problem is None, problem or "")
    checker = _Checker(program, fields)
    checker.run(0, len(program.calls))
    checker.finish()


class _Written:
    """What is written at some point of the program, on every way to it."""

    def __init__(self) -> None:
        self.complete: set[Buffer] = set()
        self.partial: dict[Buffer, ByteMask] = {}

    def copy(self) -> _Written:
        result = _Written()
        result.complete = set(self.complete)
        result.partial = {buffer: mask.copy() for buffer, mask in self.partial.items()}
        return result

    def common(self, other: _Written) -> _Written:
        """What is written in both. A buffer counts as complete, or in part, if it does in both."""
        result = _Written()
        result.complete = self.complete & other.complete
        here, there = (w.complete | w.partial.keys() for w in (self, other))
        for buffer in here & there:
            masks = [w.partial[buffer] for w in (self, other) if buffer not in w.complete]
            if masks:
                result.partial[buffer] = masks[0].copy()
                result.partial[buffer].intersect(masks[-1])
        return result


class _Checker:
    def __init__(self, program: Program, fields: Mapping[str, Sequence[str]] | None) -> None:
        self.calls = program.calls
        self.declared = {
            Storage.INPUT: program.inputs,
            Storage.OUTPUT: program.outputs,
            Storage.STATE: tuple(state.port for state in program.states),
        }
        self.fields = fields
        self.extents = extents(program.calls)
        self.written = _Written()
        self.checked: set[Tensor] = set()
        self.ports: dict[tuple[Storage, int], Buffer] = {}

    def run(self, begin: int, end: int) -> None:
        """Calls [begin, end), with the bodies of those that have any."""
        index = begin
        while index < end:
            call = self.calls[index]
            try:
                self.call(call)
                _check_instructions(call)
                _check_params(call, self.fields)
            except ProgramError as error:
                where = f"call {index} '{call.name}' ({call.kernel})"
                raise ProgramError(f"{where}: {error}") from None
            index = self.bodies(call, index + 1)

    def bodies(self, call: KernelCall, index: int) -> int:
        """Each body by itself; what one of them leaves unwritten is not. The body of a loop may run
        zero times. Returns the position behind.
        """
        before = self.written
        results = [before] if call.kernel == LOOP else []
        for body in call.bodies:
            span = self.extents.get(body, range(index, index))
            self.written = before.copy()
            self.run(span.start, span.stop)
            results.append(self.written)
            index = span.stop
        if call.bodies:
            self.written = functools.reduce(_Written.common, results)
        return index

    def call(self, call: KernelCall) -> None:
        _check_counts(call)
        inputs = [tensor for tensor in call.inputs if tensor is not None]
        for tensor in (*inputs, *call.outputs):
            if tensor not in self.checked:
                _check_tensor(tensor)
                self.buffer(tensor.buffer)
                self.checked.add(tensor)
        for tensor in inputs:
            self.read(tensor)
        for tensor in call.outputs:
            self.write(tensor, inputs)

    def buffer(self, buffer: Buffer) -> None:
        _require((buffer.data is not None) == (buffer.storage in _CONSTANTS), "misplaced data")
        if buffer.data is not None:
            itemsize = 4 if buffer.storage == Storage.WIDENED else buffer.data.itemsize
            _require(
                buffer.data.size * itemsize == buffer.nbytes,
                "a constant of another size than its data",
            )
        if buffer.storage in self.declared:
            declared = self.declared[buffer.storage]
            _require(0 <= buffer.port < len(declared), f"there is no port {buffer.port}")
            _require(buffer.nbytes == declared[buffer.port].nbytes, "a port of another size")
            key = (buffer.storage, buffer.port)
            _require(self.ports.setdefault(key, buffer) is buffer, "two buffers for one port")

    def read(self, tensor: Tensor) -> None:
        buffer = tensor.buffer
        always = (*_CONSTANTS, Storage.INPUT, Storage.STATE)
        if buffer.storage in always or buffer in self.written.complete:
            return
        mask = self.written.partial.get(buffer)
        written = mask is not None and mask.all(tensor)
        _require(written, f"reads {_describe(tensor)} before it is written")

    def write(self, tensor: Tensor, inputs: Sequence[Tensor]) -> None:
        buffer = tensor.buffer
        writable = buffer.storage in (Storage.ARENA, Storage.OUTPUT, Storage.STATE)
        _require(writable, f"writes to {buffer.storage.name.lower()} memory")
        _require(is_injective(tensor), f"writes elements of {_describe(tensor)} twice")
        for source in inputs:
            _require(disjoint(source, tensor), f"reads what it writes: {_describe(tensor)}")
        if buffer in self.written.complete:
            return
        if covers_buffer(tensor):
            self.written.complete.add(buffer)
        else:
            self.written.partial.setdefault(buffer, ByteMask(buffer)).add(tensor)

    def finish(self) -> None:
        for storage in (Storage.OUTPUT, Storage.STATE):
            for port, declared in enumerate(self.declared[storage]):
                buffer = self.ports.get((storage, port))
                mask = None if buffer is None else self.written.partial.get(buffer)
                written = buffer in self.written.complete or (mask is not None and mask.full())
                what = f"{storage.name.lower()} '{declared.name}'"
                _require(written or not declared.nbytes, f"{what} is not written entirely")


def _check_counts(call: KernelCall) -> None:
    _require(
        len(call.inputs) <= MAX_INPUTS, f"has {len(call.inputs)} inputs, more than {MAX_INPUTS}"
    )
    least = 0 if call.bodies else 1
    _require(least <= len(call.outputs) <= MAX_OUTPUTS, f"has {len(call.outputs)} outputs")
    _require(all(0 <= i < len(call.inputs) for i in call.inplace), "inplace names no input")


def _check_tensor(tensor: Tensor) -> None:
    what = _describe(tensor)
    _require(isinstance(tensor.dtype, DType), f"{what} has no dtype")
    _require(len(tensor.shape) == len(tensor.strides), f"{what} has {len(tensor.strides)} strides")
    _require(len(tensor.shape) <= MAX_RANK, f"{what} has more than {MAX_RANK} dimensions")
    _require(all(dim >= 0 for dim in tensor.shape), f"{what} has a negative dimension")
    _require(tensor.offset % tensor.dtype.itemsize == 0, f"{what} is not aligned to its elements")
    begin, end = byte_range(tensor)
    _require(begin >= 0 and end <= tensor.buffer.nbytes, f"{what} reaches beyond its buffer")


def _check_instructions(call: KernelCall) -> None:
    if call.kernel != "elementwise":
        _require(not call.instructions, "instructions are for elementwise calls")
        return
    _require(len(call.inputs) <= ELEMENTWISE_INPUTS, f"has {len(call.inputs)} inputs")
    _require(len(call.instructions) <= INSTRUCTIONS, f"has {len(call.instructions)} instructions")
    defined = set(range(len(call.inputs)))
    for instruction in call.instructions:
        _require(set(instruction.src) <= defined, f"{instruction.op} reads an undefined register")
        _require(0 <= instruction.dst < REGISTERS, f"{instruction.op} writes no register")
        defined.add(instruction.dst)


def _check_params(call: KernelCall, fields: Mapping[str, Sequence[str]] | None) -> None:
    if fields is None:
        return
    _require(call.kernel in fields, "there is no such kernel")
    unknown = sorted(set(call.params) - set(fields[call.kernel]))
    _require(not unknown, f"has no parameter {', '.join(unknown)}")


def _describe(tensor: Tensor) -> str:
    name = f"'{tensor.name}' " if tensor.name else ""
    return f"{name}{tensor.dtype.name.lower()}{list(tensor.shape)}"


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ProgramError(message)
