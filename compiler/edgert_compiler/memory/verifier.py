"""Checks a memory plan by following who wrote each piece of the arena last.

Independent of how plans are made: it knows nothing of lifetimes. It runs through the calls and
keeps, for every 64-byte line of the arena, the buffer that owns it. A call that reads a buffer
without owning all of its lines would read the bytes of another. Both branches of an `if` are
followed, the body of a loop until another iteration finds nothing new; a line that may have
different owners has none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgert.errors import Error
from edgert_compiler.memory.plan import MemoryPlan
from edgert_compiler.program.control import LOOP, extents
from edgert_compiler.program.ir import Buffer, KernelCall, Program, Storage, Tensor

LINE = 64


class MemoryPlanError(Error):
    """A memory plan would corrupt data: a defect of the compiler, not of the model."""


def verify_plan(program: Program, plan: MemoryPlan) -> None:
    """Raises MemoryPlanError where any call would read or leave behind overwritten data."""
    _Verifier(plan).run(program)


class _Verifier:
    def __init__(self, plan: MemoryPlan) -> None:
        self.plan = plan
        self.ids: dict[Buffer, int] = {}
        self.owner = np.full(-(-plan.arena_size // LINE), -1, np.int64)
        self.live: frozenset[Buffer] = frozenset()

    def run(self, program: Program) -> None:
        states = [b for b in program.buffers() if b.storage == Storage.STATE]
        for state in states:
            self.owner[self.lines(state, "the start of a run")] = self.identify(state)
        self.live = frozenset(states)
        self.calls = program.calls
        self.extents = extents(program.calls)
        self.follow(0, len(program.calls))
        for state in states:
            if not self.owns(state, "the end of a run"):
                raise MemoryPlanError(f"a run overwrites state {state.port}")

    def follow(self, begin: int, end: int) -> None:
        """Runs through calls [begin, end)."""
        index = begin
        while index < end:
            call = self.calls[index]
            spans = []
            behind = index + 1
            for body in call.bodies:
                spans.append(self.extents.get(body, range(behind, behind)))
                behind = spans[-1].stop
            if call.kernel == LOOP:
                self.iterate(index, spans[0])
            else:
                self.access(index)
                if spans:
                    self.choose(spans)
            index = behind

    def iterate(self, index: int, body: range) -> None:
        """Any number of iterations, none included."""
        while True:
            before = self.owner.copy(), self.live
            self.access(index)
            self.follow(body.start, body.stop)
            self.join(*before)
            if self.live == before[1] and np.array_equal(self.owner, before[0]):
                return

    def choose(self, branches: Sequence[range]) -> None:
        """One of the branches."""
        before = self.owner.copy(), self.live
        results = []
        for branch in branches:
            self.owner, self.live = before[0].copy(), before[1]
            self.follow(branch.start, branch.stop)
            results.append((self.owner, self.live))
        self.owner, self.live = results[0]
        for result in results[1:]:
            self.join(*result)

    def join(self, owner: np.ndarray, live: frozenset[Buffer]) -> None:
        """Where two ways meet."""
        self.owner = np.where(self.owner == owner, owner, -1)
        self.live &= live

    def access(self, index: int) -> None:
        call = self.calls[index]
        where = f"call {index} '{call.name}' ({call.kernel})"
        inputs = [t for t in call.inputs if t is not None and _in_arena(t)]
        outputs = [t for t in call.outputs if _in_arena(t)]
        for tensor in inputs:
            if not self.owns(tensor.buffer, where):
                raise MemoryPlanError(f"{where} reads {_name(tensor)}, which is overwritten")
        for tensor in outputs:
            self.claim(tensor, where)
        for tensor in outputs:
            if not self.owns(tensor.buffer, where):
                raise MemoryPlanError(f"{where} writes two outputs to the same memory")
        for tensor in inputs:
            if not self.owns(tensor.buffer, where) and not self.may_overwrite(call, tensor):
                raise MemoryPlanError(f"{where} overwrites its own input {_name(tensor)}")

    def lines(self, buffer: Buffer, where: str) -> slice:
        offset = self.plan.offset(buffer)
        if offset is None:
            raise MemoryPlanError(f"{where} uses a buffer that has no offset")
        if offset < 0 or offset % LINE or offset + buffer.nbytes > self.plan.arena_size:
            raise MemoryPlanError(
                f"{where} uses {buffer.nbytes} bytes at {offset}, unaligned or outside of the arena"
            )
        return slice(offset // LINE, -(-(offset + buffer.nbytes) // LINE))

    def owns(self, buffer: Buffer, where: str) -> bool:
        lines = self.lines(buffer, where)
        return buffer in self.ids and bool((self.owner[lines] == self.ids[buffer]).all())

    def claim(self, tensor: Tensor, where: str) -> None:
        """A first write takes the memory; a later one must find the earlier parts intact."""
        buffer = tensor.buffer
        if buffer in self.live and not self.owns(buffer, where):
            raise MemoryPlanError(f"{where} adds to {_name(tensor)}, which is overwritten")
        self.live |= {buffer}
        self.owner[self.lines(buffer, where)] = self.identify(buffer)

    def identify(self, buffer: Buffer) -> int:
        return self.ids.setdefault(buffer, len(self.ids))

    def may_overwrite(self, call: KernelCall, tensor: Tensor) -> bool:
        """Whether output 0 replaces this input element by element, as the call allows."""
        target = call.outputs[0]
        declared = all(i in call.inplace for i, t in enumerate(call.inputs) if t is tensor)
        if not declared or self.address(tensor) != self.address(target):
            return False
        lines = self.lines(tensor.buffer, call.name)
        heirs = {self.ids[tensor.buffer], self.ids[target.buffer]}
        return (
            tensor.dtype.itemsize == target.dtype.itemsize
            and _steps(tensor) == _steps(target)
            and set(np.unique(self.owner[lines]).tolist()) <= heirs
        )

    def address(self, tensor: Tensor) -> int:
        offset = self.plan.offset(tensor.buffer)
        return -1 if offset is None else offset + tensor.offset


def _steps(tensor: Tensor) -> list[tuple[int, int]]:
    """(dimension, stride) where there is something to step over."""
    return [(d, s) for d, s in zip(tensor.shape, tensor.strides) if d != 1]


def _in_arena(tensor: Tensor) -> bool:
    return tensor.buffer.storage in (Storage.ARENA, Storage.STATE)


def _name(tensor: Tensor) -> str:
    return f"'{tensor.name}'" if tensor.name else f"an unnamed {tensor.dtype.name} {tensor.shape}"
